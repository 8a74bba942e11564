package notify

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/crockford"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

func TestCodesFollowFromEverything(t *testing.T) {
	salt := []byte("0123456789abcdef")
	a := testCodes()
	seen := map[string]bool{}
	for _, code := range []string{
		a.code(1, "ada@example.org", salt), a.code(2, "ada@example.org", salt), a.code(1, "eve@example.org", salt),
		a.code(1, "ada@example.org", []byte("0123456789abcdeg")), Codes{}.code(1, "ada@example.org", salt),
		a.code(1, "", []byte("0123456789abcdefada@example.org")),
	} {
		if len(code) != 8 || seen[code] {
			t.Errorf("%q, seen before: %v", code, seen[code])
		}
		seen[code] = true
		if parsed, ok := ParseCode(" " + strings.ToLower(code[:4]) + "-" + code[4:]); !ok || parsed != code {
			t.Errorf("%q is read as %q", code, parsed)
		}
	}
	if a.code(1, "ada@example.org", salt) != a.code(1, "ada@example.org", salt) {
		t.Error("the code that is mailed is not the one that is compared")
	}
}

// rightCode is the code that is waited for.
func (o *kit) rightCode() string {
	o.Helper()
	a, err := FindAddress(o.Context(), o.db.Read(o.Context()), o.ada.ID)
	o.must(err)
	return NewCodes(o.ring).code(a.AccountID, a.PendingAddress, a.CodeSalt)
}

func (o *kit) reserveErr() error {
	return o.db.InTx(o.Context(), func(tx *database.Tx) error {
		_, err := ReserveCode(o.Context(), tx, o.ada.ID, o.clock.now())
		return err
	})
}

func TestFiveTries(t *testing.T) {
	each(t, func(o *kit) {
		o.ask("ada@example.org", "")
		codes := NewCodes(o.ring)
		for left := 4; left >= 0; left-- {
			try := o.reserve()
			if try.Left() != left || codes.Right(try, "00000000") {
				t.Errorf("%d tries left, want %d", try.Left(), left)
			}
			if left == 0 && !codes.Right(try, o.rightCode()) {
				t.Error("the right code is wrong at the last try")
			}
		}
		if err := o.reserveErr(); !errors.Is(err, ErrCodeEnded) {
			t.Errorf("a sixth try: %v", err)
		}
		o.ask("ada@example.org", "")
		if try := o.reserve(); try.Left() != 4 {
			t.Error("a new code has old tries")
		}
	})
}

func TestCodeEnds(t *testing.T) {
	each(t, func(o *kit) {
		if err := o.reserveErr(); !errors.Is(err, ErrCodeEnded) {
			t.Errorf("without a code: %v", err)
		}
		o.ask("ada@example.org", "")
		try := o.reserve()
		o.clock.move(30 * time.Minute)
		if err := o.reserveErr(); !errors.Is(err, ErrCodeEnded) {
			t.Errorf("after half an hour: %v", err)
		}
		confirm := func() error {
			return o.db.InTx(o.Context(), func(tx *database.Tx) error { return ConfirmAddress(o.Context(), tx, try, o.clock.now()) })
		}
		if err := confirm(); !errors.Is(err, ErrCodeEnded) {
			t.Errorf("a try from before: %v", err)
		}
		o.clock.move(-time.Second)
		o.must(confirm())
		if err := confirm(); !errors.Is(err, ErrCodeEnded) {
			t.Errorf("the same code again: %v", err)
		}
	})
}

// A code is good for the address it was mailed to and for no other.
func TestNewerCodeEndsTheOlder(t *testing.T) {
	each(t, func(o *kit) {
		o.ask("ada@example.org", "")
		old, try := o.rightCode(), o.reserve()
		o.ask("eve@example.org", "")
		if NewCodes(o.ring).Right(o.reserve(), old) {
			t.Error("the code for one address confirms another")
		}
		err := o.db.InTx(o.Context(), func(tx *database.Tx) error { return ConfirmAddress(o.Context(), tx, try, o.clock.now()) })
		if !errors.Is(err, ErrCodeEnded) {
			t.Errorf("an old try confirms: %v", err)
		}
		if got := o.unsent(); !slices.Equal(got, []string{"eve@example.org"}) {
			t.Errorf("mails wait for %v", got)
		}
	})
}

func TestCodeMailsAreLimited(t *testing.T) {
	each(t, func(o *kit) {
		ask := func() error {
			return o.db.InTx(o.Context(), func(tx *database.Tx) error {
				return AskAddress(o.Context(), tx, o.ada.ID, "ada@example.org", "", o.clock.now())
			})
		}
		for range codeMails {
			o.must(ask())
			o.clock.move(time.Minute)
		}
		var wait *WaitError
		if err := ask(); !errors.As(err, &wait) || wait.Left != 55*time.Minute {
			t.Fatalf("a sixth code: %v", err)
		}
		o.clock.move(55 * time.Minute)
		o.must(ask())
		if err := ask(); !errors.As(err, &wait) {
			t.Errorf("one too many: %v", err)
		}
	})
}

func TestCancelAddress(t *testing.T) {
	each(t, func(o *kit) {
		o.confirmed("ada@example.org", "")
		o.ask("eve@example.org", "")
		o.tx(func(tx *database.Tx) error { return CancelAddress(o.Context(), tx, o.ada.ID, o.clock.now()) })
		if err := o.reserveErr(); !errors.Is(err, ErrCodeEnded) || len(o.unsent()) != 0 {
			t.Errorf("got %v, mails wait for %v", err, o.unsent())
		}
		o.leave(KeyBound)
		if got := o.unsent(); !slices.Equal(got, []string{"ada@example.org"}) {
			t.Errorf("mails wait for %v", got)
		}
	})
}

// Only a confirmed address gets notices.
func TestUnconfirmedAddressGetsNothing(t *testing.T) {
	each(t, func(o *kit) {
		o.leave(KeyBound)
		o.ask("ada@example.org", "")
		o.leave(KeyMoved)
		o.tx(func(tx *database.Tx) error {
			return KeepAddress(o.Context(), tx, o.ada.ID, "kept@example.org", "", o.clock.now())
		})
		o.leave(KeyRemoved)
		for _, m := range o.queued() {
			if m.Kind != AddressCode {
				t.Errorf("%s is mailed to %s", m.Kind, m.Address)
			}
		}
		if got := o.unsent(); len(got) != 0 {
			t.Errorf("mails wait for %v", got)
		}
	})
}

// Every address that was replaced gets copies for a week, also when several
// changes follow each other, and none afterwards.
func TestFormerAddressesGetCopies(t *testing.T) {
	each(t, func(o *kit) {
		told := func(kind Kind) (to []string) {
			before := len(o.queued())
			o.leave(kind)
			for _, m := range o.queued()[before:] {
				to = append(to, m.Address)
			}
			return to
		}
		check := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: told %v, want %v", what, got, want)
			}
		}
		o.confirmed("a@example.org", "")
		check("first", told(AddressChanged), "a@example.org")
		o.confirmed("b@example.org", "")
		check("replaced", told(AddressChanged), "b@example.org", "a@example.org")
		o.clock.move(24 * time.Hour)
		o.confirmed("c@example.org", "")
		check("replaced twice", told(AddressChanged), "c@example.org", "a@example.org", "b@example.org")
		o.clock.move(7*24*time.Hour - 24*time.Hour - time.Second)
		check("a week later", told(KeyBound), "c@example.org", "a@example.org", "b@example.org")
		o.clock.move(time.Second)
		check("after a week", told(KeyBound), "c@example.org", "b@example.org")
		o.tx(func(tx *database.Tx) error { return KeepAddress(o.Context(), tx, o.ada.ID, "", "", o.clock.now()) })
		check("cleared", told(AddressChanged), "b@example.org", "c@example.org")
		o.confirmed("c@example.org", "")
		check("back again", told(AddressChanged), "c@example.org", "b@example.org")
		o.clock.move(7 * 24 * time.Hour)
		check("long after", told(KeyBound), "c@example.org")
	})
}

func TestLanguageOfMails(t *testing.T) {
	each(t, func(o *kit) {
		o.confirmed("ada@example.org", German)
		for reader, want := range map[string]string{"": German, English: English, German: German, "xx": German} {
			o.tx(func(tx *database.Tx) error {
				return Leave(o.Context(), tx, Notice{AccountID: o.ada.ID, Kind: KeyBound, At: start.UnixMilli()}, Reader{"ada", reader})
			})
			all := o.queued()
			if got := all[len(all)-1].Language; got != want {
				t.Errorf("%q: mailed in %q, want %q", reader, got, want)
			}
		}
	})
}

// Whatever a stranger does, a person gets one mail an hour and four a day about
// it, and as many copies. Other kinds are not held back.
func TestStrangersCannotBuryAPerson(t *testing.T) {
	each(t, func(o *kit) {
		o.confirmed("old@example.org", "")
		o.confirmed("ada@example.org", "")
		mailed := func() int {
			before := len(o.queued())
			o.leave(PasswordKnown)
			return len(o.queued()) - before
		}
		for hour, want := range []int{2, 2, 2, 2, 0, 0} {
			if got := mailed(); got != want {
				t.Errorf("hour %d: %d mails, want %d", hour, got, want)
			}
			o.clock.move(59 * time.Minute)
			if got := mailed(); got != 0 {
				t.Errorf("hour %d: %d further mails", hour, got)
			}
			o.clock.move(time.Minute)
		}
		o.clock.move(18 * time.Hour)
		if got := mailed(); got != 2 {
			t.Errorf("the next day: %d mails", got)
		}
		before := len(o.queued())
		o.leave(KeyBound)
		o.leave(KeyBound)
		if got := len(o.queued()) - before; got != 4 {
			t.Errorf("%d mails about other things, want 4", got)
		}
		shown := func() (kinds []Kind) {
			notices, err := Open(o.Context(), o.db.Read(o.Context()), o.ada.ID, 99, o.clock.now())
			o.must(err)
			for _, n := range notices {
				kinds = append(kinds, n.Kind)
			}
			return kinds
		}
		if got := shown(); !slices.Equal(got, []Kind{KeyBound, KeyBound, PasswordKnown}) {
			t.Errorf("%v are shown, want the stranger once", got)
		}
		notices, err := Open(o.Context(), o.db.Read(o.Context()), o.ada.ID, 99, o.clock.now())
		o.must(err)
		seen := o.clock.now()
		o.clock.move(time.Hour)
		o.leave(PasswordKnown) // after the person has signed in
		dismiss := func(id int64) error {
			return o.db.InTx(o.Context(), func(tx *database.Tx) error {
				return Dismiss(o.Context(), tx, o.ada.ID, 99, id, seen, o.clock.now())
			})
		}
		o.must(dismiss(notices[2].ID))
		if err := dismiss(notices[2].ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("dismissed again: %v", err)
		}
		if got := shown(); !slices.Equal(got, []Kind{PasswordKnown, KeyBound, KeyBound}) {
			t.Errorf("%v are shown, want what came after the sign-in", got)
		}
	})
}

// The database, and with it every backup of it, holds no code.
func TestNoCodeAtRest(t *testing.T) {
	each(t, func(o *kit) {
		o.ask("ada@example.org", "")
		code := o.rightCode()
		var rows []map[string]any
		o.must(o.db.Read(o.Context()).Table("mails").Find(&rows).Error)
		var addresses []map[string]any
		o.must(o.db.Read(o.Context()).Table("notice_addresses").Find(&addresses).Error)
		text, err := json.Marshal(append(rows, addresses...))
		o.must(err)
		if len(rows) != 1 || len(addresses) != 1 || strings.Contains(string(text), code) || strings.Contains(string(text), code[:4]+"-") {
			t.Errorf("%s is in %s", code, text)
		}
	})
}

func TestPrune(t *testing.T) {
	each(t, func(o *kit) {
		o.confirmed("old@example.org", "")
		o.confirmed("ada@example.org", "")
		for range 5 {
			o.leave(KeyBound)
		}
		prune := func(limit int) (n int64) {
			o.tx(func(tx *database.Tx) (err error) {
				n, err = Prune(o.Context(), tx, o.clock.now(), limit)
				return err
			})
			return n
		}
		all := len(o.queued())
		o.clock.move(30 * 24 * time.Hour)
		if n := prune(100); n != 1 || len(o.queued()) != all {
			t.Errorf("%d rows went on the last day, want only the former address", n)
		}
		o.clock.move(time.Second)
		if n := prune(3); n != 3 {
			t.Errorf("%d went in a batch of 3", n)
		}
		if n := prune(100); int(n) != all-3 || len(o.queued()) != 0 {
			t.Errorf("%d went, %d are left", n, len(o.queued()))
		}
		var formers int64
		o.must(o.db.Read(o.Context()).Model(&former{}).Count(&formers).Error)
		if formers != 0 {
			t.Errorf("%d former addresses are left", formers)
		}
	})
}

// claims are races between two processes.
var claims = []testdb.Claim{
	{
		Name: "try",
		Run: func(ctx context.Context, db *database.DB, _ string) error {
			return db.InTx(ctx, func(tx *database.Tx) error {
				_, err := ReserveCode(ctx, tx, 1, start)
				return err
			})
		},
		Lost: func(err error) bool { return errors.Is(err, ErrCodeEnded) },
	},
	{
		Name: "confirm",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var a Address
			if err := json.Unmarshal([]byte(arg), &a); err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error { return ConfirmAddress(ctx, tx, &CodeTry{a}, start) })
		},
		Lost: func(err error) bool { return errors.Is(err, ErrCodeEnded) },
	},
	{
		Name: "mail",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var m, taken *mail
			if err := json.Unmarshal([]byte(arg), &m); err != nil {
				return err
			}
			err := db.InTx(ctx, func(tx *database.Tx) (err error) {
				taken, err = claim(ctx, tx, *m, start)
				return err
			})
			if err == nil && taken == nil {
				err = errLost
			}
			return err
		},
		Lost: func(err error) bool { return errors.Is(err, errLost) },
	},
}

var errLost = errors.New("somebody else has it")

// Two hundred at once from two processes: five tries, one confirmation, one
// courier with the mail.
func TestRaces(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		o := newKit(t, db)
		if o.ada.ID != 1 {
			t.Fatalf("the account is %d", o.ada.ID)
		}
		o.ask("ada@example.org", "")
		if got := testdb.Race(t, options, "try", ""); got.Won != 5 || got.Lost != testdb.All()-5 {
			t.Errorf("tries: %+v", got)
		}
		o.ask("ada@example.org", "")
		a, err := FindAddress(t.Context(), db.Read(t.Context()), o.ada.ID)
		o.must(err)
		if got := testdb.Race(t, options, "confirm", encode(t, a)); got.Won != 1 || got.Lost != testdb.All()-1 {
			t.Errorf("confirmations: %+v", got)
		}
		o.leave(KeyBound)
		all := o.queued()
		if got := testdb.Race(t, options, "mail", encode(t, all[len(all)-1])); got.Won != 1 || got.Lost != testdb.All()-1 {
			t.Errorf("mails: %+v", got)
		}
	})
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A new key in front of the ring gives new codes, and so ends those on their
// way; nothing is confirmed by a code of another key.
func TestAnotherKeyAnotherCode(t *testing.T) {
	codes := make(map[string]bool)
	for range 2 {
		path := t.TempDir() + "/key"
		if err := secretbox.NewKeyFile(path); err != nil {
			t.Fatal(err)
		}
		ring, err := secretbox.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		codes[NewCodes(ring).code(1, "ada@example.org", make([]byte, saltSize))] = true
	}
	if len(codes) != 2 {
		t.Error("two keys give the same code")
	}
}

// FuzzParseCode: a code is read as it was mailed, however it is typed, and no
// other account, address or salt has it.
func FuzzParseCode(f *testing.F) {
	f.Add("7k2m-q9xa", int64(1), "ada@example.org", []byte("salt of this one"))
	f.Add("", int64(-1), "", []byte{})
	f.Add("OIL0-oil1", int64(7), "\xff@", []byte{0, 0})
	f.Fuzz(func(t *testing.T, typed string, accountID int64, address string, salt []byte) {
		c := testCodes()
		try := &CodeTry{Address{AccountID: accountID, PendingAddress: address, CodeSalt: salt}}
		mailed := crockford.Format(c.code(accountID, address, salt))
		for _, way := range []string{mailed, strings.ToLower(mailed), " " + strings.ReplaceAll(mailed, "-", " \u2013 ") + "\u200b"} {
			if code, ok := ParseCode(way); !ok || !c.Right(try, code) {
				t.Errorf("%q, typed as %q, is not right", mailed, way)
			}
		}
		if code, ok := ParseCode(typed); c.Right(try, code) && (!ok || crockford.Format(code) != mailed) {
			t.Errorf("%q is right where %q was mailed", typed, mailed)
		}
		for name, other := range map[string]Address{
			"account": {AccountID: accountID + 1, PendingAddress: address, CodeSalt: salt},
			"address": {AccountID: accountID, PendingAddress: address + "a", CodeSalt: salt},
			"salt":    {AccountID: accountID, PendingAddress: address, CodeSalt: append([]byte{1}, salt...)},
			"border":  {AccountID: accountID, PendingAddress: "a" + address, CodeSalt: append(append([]byte{}, salt...), 'a')},
		} {
			if code, _ := ParseCode(mailed); c.Right(&CodeTry{other}, code) {
				t.Errorf("another %s has the same code", name)
			}
		}
	})
}
