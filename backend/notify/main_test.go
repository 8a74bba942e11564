package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// start is the time at which every test begins.
var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// jobVariable makes the test binary run a courier.
const jobVariable = "IMAGEMASTER_TEST_COURIER"

func TestMain(m *testing.M) {
	if job := os.Getenv(jobVariable); job != "" {
		if err := runJob(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testdb.Main(m, claims...)
}

// job is a courier in another process.
type job struct {
	Database database.Options
	Ring     string // path
	Port     int
}

func runJob(text string) error {
	var j job
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&j); err != nil {
		return err
	}
	db, err := database.Open(context.Background(), j.Database)
	if err != nil {
		return err
	}
	ring, err := secretbox.Load(j.Ring)
	if err != nil {
		return err
	}
	NewCourier(CourierDeps{
		DB: db, Keys: ring, Server: Server{Host: "127.0.0.1", Port: j.Port, From: sender}, Sender: testSender,
		Now: func() time.Time { return start }, Log: slog.New(slog.DiscardHandler),
		Record: func(context.Context, *database.Tx, Delivery) error { return nil },
	}).Run(context.Background())
	return nil
}

const sender = "sign-in@example.org"

var testSender = Sender{Brand: "ImageMaster", PublicURL: "https://sign-in.example", HelpContact: "help@example.org, room 7"}

// clock is a server clock that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// kit is what the tests share: a real database and one account.
type kit struct {
	*testing.T
	db       *database.DB
	ring     *secretbox.Keyring
	ringPath string
	clock    *clock
	ada      *account.Account

	mu         sync.Mutex
	log        bytes.Buffer
	logs       chan struct{} // holds one value when there is something new in log
	deliveries []Delivery
}

func newKit(t *testing.T, db *database.DB) *kit {
	t.Helper()
	o := &kit{T: t, db: db, ringPath: filepath.Join(t.TempDir(), "key"), clock: &clock{at: start}, logs: make(chan struct{}, 1)}
	o.must(secretbox.NewKeyFile(o.ringPath))
	var err error
	o.ring, err = secretbox.Load(o.ringPath)
	o.must(err)
	o.ada = o.addAccount("ada")
	return o
}

// each runs a test on both engines.
func each(t *testing.T, test func(o *kit)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { test(newKit(t, db)) })
}

func (o *kit) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *kit) addAccount(name string) (a *account.Account) {
	o.Helper()
	o.tx(func(tx *database.Tx) (err error) {
		a, err = account.Create(o.Context(), tx, account.New{Username: name, PasswordHash: "x"}, start)
		return err
	})
	return a
}

// tx does something in a transaction that must succeed.
func (o *kit) tx(do func(tx *database.Tx) error) {
	o.Helper()
	o.must(o.db.InTx(o.Context(), do))
}

// Write collects the log.
func (o *kit) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.logs <- struct{}{}:
	default:
	}
	return o.log.Write(p)
}

// waitLogged waits until the log holds a text.
func (o *kit) waitLogged(text string) {
	o.Helper()
	timeout := time.After(30 * time.Second)
	for !strings.Contains(o.logged(), text) {
		select {
		case <-o.logs:
		case <-timeout:
			o.Fatalf("no %q in the log:\n%s", text, o.logged())
		}
	}
}

func (o *kit) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

func (o *kit) delivered() []Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Delivery(nil), o.deliveries...)
}

// courier hands mails to a server.
func (o *kit) courier(to *testmail.Server, change ...func(*CourierDeps)) *Courier {
	d := CourierDeps{
		DB: o.db, Keys: o.ring, Sender: testSender, Now: o.clock.now, Poll: 5 * time.Millisecond,
		Server: Server{Host: testmail.Host, Port: 587, From: sender, RootCAs: testmail.RootCAs(), Dial: to.Dial},
		Log:    slog.New(slog.NewTextHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Record: func(_ context.Context, _ *database.Tx, d Delivery) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.deliveries = append(o.deliveries, d)
			return nil
		},
		LinkWorks: func(ctx context.Context, token string) (bool, error) {
			_, err := account.LinkByToken(ctx, o.db.Read(ctx), token)
			if errors.Is(err, account.ErrNotFound) {
				return false, nil
			}
			return err == nil, err
		},
	}
	for _, c := range change {
		c(&d)
	}
	return NewCourier(d)
}

// send tries all mails that are due.
func (o *kit) send(c *Courier) {
	o.Helper()
	o.must(c.deliverDue(o.Context()))
}

// run runs a courier until the function returned is called.
func (o *kit) run(c *Courier) (stop func()) {
	ctx, cancel := context.WithCancel(o.Context())
	var done sync.WaitGroup
	done.Go(func() { c.Run(ctx) })
	return func() {
		cancel()
		done.Wait()
	}
}

// confirm gives the account a confirmed address.
func (o *kit) confirm(address, language string) {
	o.Helper()
	o.request(address, language)
	if got := o.spend(o.rightCode()); !got.Right {
		o.Fatalf("the right code: %+v", got)
	}
	// The mail with the code is not what the test is about.
	o.tx(func(tx *database.Tx) error { return endCodeMails(tx, o.ada.ID) })
}

func (o *kit) request(address, language string) {
	o.Helper()
	if wait := o.tryRequest(address, language); wait != 0 {
		o.Fatalf("too many codes were mailed: wait %v", wait)
	}
}

func (o *kit) tryRequest(address, language string) (wait time.Duration) {
	o.Helper()
	o.tx(func(tx *database.Tx) (err error) {
		wait, err = RequestAddress(o.Context(), tx, o.ada.ID, address, language, o.clock.now())
		return err
	})
	return wait
}

// set stores an address that is not confirmed.
func (o *kit) set(address string) {
	o.Helper()
	o.tx(func(tx *database.Tx) error {
		return SetAddress(o.Context(), tx, o.ada.ID, address, "", o.clock.now())
	})
}

// spend enters a code.
func (o *kit) spend(code string) (result CodeResult) {
	o.Helper()
	o.tx(func(tx *database.Tx) (err error) {
		result, err = SpendCode(o.Context(), tx, NewCodes(o.ring), o.ada.ID, code, o.clock.now())
		return err
	})
	return result
}

// rightCode is the code that was mailed last.
func (o *kit) rightCode() string {
	o.Helper()
	a, err := FindAddress(o.Context(), o.db.Read(o.Context()), o.ada.ID)
	o.must(err)
	return NewCodes(o.ring).code(a.AccountID, a.PendingAddress, a.CodeSalt)
}

// wrongCode is well-formed and not the right one.
func (o *kit) wrongCode() string {
	if o.rightCode() == "00000000" {
		return "00000001"
	}
	return "00000000"
}

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

// notify notifies ada of something that was done in Firefox.
func (o *kit) notify(kind Kind, change ...func(*Notice)) {
	o.Helper()
	n := Notice{AccountID: o.ada.ID, Kind: kind, At: o.clock.now().UnixMilli(), Address: "192.0.2.7", UserAgent: firefox}
	for _, c := range change {
		c(&n)
	}
	o.tx(func(tx *database.Tx) error { return Notify(o.Context(), tx, n, Reader{Username: "ada"}) })
}

// mails returns all mails, the oldest first.
func (o *kit) mails() (all []mail) {
	o.Helper()
	o.must(o.db.Read(o.Context()).Order("id").Find(&all).Error)
	return all
}

// unsent returns the recipients of the mails that wait.
func (o *kit) unsent() []string {
	o.Helper()
	var to []string
	for _, m := range o.mails() {
		if m.NextTryAt != 0 {
			to = append(to, m.Recipient)
		}
	}
	return to
}

// last returns the newest mail.
func (o *kit) last() mail {
	o.Helper()
	all := o.mails()
	if len(all) == 0 {
		o.Fatal("there is no mail")
	}
	return all[len(all)-1]
}
