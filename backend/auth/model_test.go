package auth_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// The model-based test drives random sequences of everything that can be done
// to an account, from several browsers over two instances on one database, and
// compares with a model that knows only what a person knows: the password, the
// phones, the sheets, and what each browser has shown. It checks that
//
//   - no code is accepted twice, and none of a key or set that was replaced;
//   - no session is above the level it has proved, or below the level owed;
//   - nobody is refused who holds a valid means while no wait is running;
//   - two-factor authentication is enabled only with a key that gave a code.
//
// A failing sequence is shrunk and printed as a line for keptSequences.
const (
	modelSteps    = 150
	modelBrowsers = 3
)

// keptSequences once failed, or show a corner worth keeping.
var keptSequences = []string{
	"21 22 0 9",
}

// world is the model beside the real thing.
type world struct {
	t         *testing.T
	instances [2]*house
	browsers  [modelBrowsers]*modelBrowser
	random    *rand.Rand

	password string
	key      *phone // the live key, nil = none
	spent    int64  // highest step accepted for it
	paused   bool
	pauseEnd time.Time // zero = open
	sheet    []string  // unused codes of the live set
	waste    []string  // codes used or replaced
	failures map[throttle.Lane]map[throttle.Kind]int
	problem  string
}

// modelBrowser is a browser and what it has proved since its session began.
type modelBrowser struct {
	*browser
	proved  session.Level
	pending *phone // a key offered and not confirmed
	offered []byte
}

func newModel(t *testing.T, o database.Options, seed uint64) *world {
	t.Helper()
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 1)), password: goodPassword}
	first := testdb.Open(t, o)
	if err := first.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.instances[0] = newHouse(t, first)
	second := *w.instances[0]
	second.db = testdb.Open(t, o)
	deps := w.instances[0].Deps
	deps.DB = second.db
	second.Service = auth.New(deps)
	w.instances[1] = &second
	w.instances[0].addUser("anna")
	for i := range w.browsers {
		w.browsers[i] = &modelBrowser{browser: w.instances[0].browser()}
	}
	w.forget()
	return w
}

func (w *world) forget() {
	w.failures = map[throttle.Lane]map[throttle.Kind]int{throttle.Known: {}, throttle.Unknown: {}}
}

func (w *world) now() time.Time { return w.instances[0].clock.Now() }

func (w *world) fail(format string, args ...any) {
	if w.problem == "" {
		w.problem = fmt.Sprintf(format, args...)
	}
}

// owes is the level a session must have now.
func (w *world) owes() session.Level {
	if w.key == nil || w.paused && (w.pauseEnd.IsZero() || w.now().Before(w.pauseEnd)) {
		return session.LevelPassword
	}
	return session.LevelTwo
}

// fresh returns a code the live key would show that must be accepted.
func (w *world) fresh() (code string, step int64) {
	now := totp.Step(w.now())
	for step = now - 1; step <= now+1; step++ {
		if step > w.spent {
			return w.key.code(step - now), step
		}
	}
	w.instances[0].clock.move(time.Minute)
	return w.fresh()
}

func (w *world) lane(b *modelBrowser) throttle.Lane {
	if c := b.caller(); c.Device != nil {
		return throttle.Known
	}
	return throttle.Unknown
}

// accepted notes a code from the app that was taken.
func (w *world) accepted(step int64) {
	if step <= w.spent {
		w.fail("step %d was accepted after %d", step, w.spent)
	}
	w.spent = step
}

// used notes a backup code that was taken.
func (w *world) used(code string) {
	i := slices.Index(w.sheet, code)
	if i < 0 {
		w.fail("a dead or unknown backup code was accepted")
		return
	}
	w.sheet = slices.Delete(w.sheet, i, i+1)
	w.waste = append(w.waste, code)
}

// justified says whether a refusal of a right code is a wait that is owed, or a
// stop; any other refusal of a valid means is a failure of the product.
func (w *world) justified(err error, lane throttle.Lane, kind throttle.Kind) bool {
	switch apperr.CodeOf(err) {
	case apperr.CodeWait:
		return w.failures[lane][kind] >= throttle.FreeTries
	case apperr.CodeStopped, apperr.KeyDead:
		return w.failures[lane][kind] >= lane.Stop()
	}
	return false
}

func (w *world) missed(err error, lane throttle.Lane, kind throttle.Kind) {
	switch apperr.CodeOf(err) {
	case apperr.CodeWrong, apperr.CodeUsed, apperr.CodeReplaced:
		w.failures[lane][kind]++
	}
}

// endAll is the model of a raised epoch.
func (w *world) endAll(but *modelBrowser) {
	for _, b := range w.browsers {
		if b != but {
			b.proved = session.LevelNone
		}
		b.pending = nil
	}
}

// action is one thing a person or the operator may do.
type action struct {
	name string
	do   func(w *world, b *modelBrowser)
}

var actions = []action{
	{"sign in", (*world).signIn},
	{"right code", (*world).rightCode},
	{"wrong code", (*world).wrongCode},
	{"begin", (*world).begin},
	{"confirm", (*world).confirm},
	{"backup code", (*world).backupCode},
	{"generate", (*world).generate},
	{"pause", (*world).pause},
	{"enable", (*world).enable},
	{"replay", (*world).replay},
	{"remove", (*world).remove},
	{"sign out", func(w *world, b *modelBrowser) { b.signOut(); b.proved = session.LevelNone }},
	{"a minute passes", func(w *world, _ *modelBrowser) { w.instances[0].clock.move(time.Minute) }},
	{"two hours pass", func(w *world, _ *modelBrowser) { w.instances[0].clock.move(2 * time.Hour) }},
	{"the clock is set back", func(w *world, _ *modelBrowser) { w.instances[0].clock.move(-20 * time.Second) }},
	{"another instance", func(w *world, b *modelBrowser) { b.house = w.instances[w.random.IntN(2)] }},
	{"change password", (*world).changePassword},
	{"operator resets", (*world).operatorResets},
	{"cancel", (*world).cancel},
	{"check", (*world).check},
	{"forget device", func(w *world, b *modelBrowser) { b.tokens.Device = "" }},
	{"enter", func(w *world, b *modelBrowser) { w.signIn(b); w.rightCode(b) }},
	{"set up", func(w *world, b *modelBrowser) { w.begin(b); w.confirm(b) }},
	{"housekeeping", func(w *world, b *modelBrowser) { b.must(b.Housekeep(b.ctx)) }},
	{"step up with a backup code", (*world).stepUpBackup},
}

// common lists the actions by their weight: what leads on comes more often, so
// that sequences get far.
var common = func() (weighted []int) {
	for n, a := range actions {
		times := 1
		switch a.name {
		case "enter", "set up":
			times = 6
		case "sign in", "right code", "begin", "confirm", "generate", "backup code", "pause", "enable", "a minute passes":
			times = 3
		}
		for range times {
			weighted = append(weighted, n)
		}
	}
	return weighted
}()

func (w *world) signIn(b *modelBrowser) {
	next, err := b.trySignIn("anna", w.password)
	if err != nil {
		w.fail("a right password was refused: %v", err)
		return
	}
	b.pending = nil
	b.proved = session.LevelNone
	if next != auth.NextSecondFactor {
		b.proved = session.LevelPassword
	}
	if owes := w.owes(); (next == auth.NextSecondFactor) != (owes == session.LevelTwo) {
		w.fail("after the password next is %q, and level %d is owed", next, owes)
	}
}

func (w *world) rightCode(b *modelBrowser) {
	if b.caller().State != auth.PendingSecondFactor || w.key == nil {
		return
	}
	code, step := w.fresh()
	c := b.caller() // the clock may have moved
	if c.State != auth.PendingSecondFactor {
		return
	}
	lane := w.lane(b)
	err := b.verify(code)
	switch {
	case err == nil:
		w.accepted(step)
		w.failures[lane][throttle.TOTP] = 0
		b.proved = session.LevelTwo
	case !w.justified(err, lane, throttle.TOTP):
		w.fail("a right code was refused: %v", err)
	}
}

func (w *world) wrongCode(b *modelBrowser) {
	if b.caller().State != auth.PendingSecondFactor || w.key == nil {
		return
	}
	lane := w.lane(b)
	err := b.verify(w.key.wrong())
	if err == nil {
		w.fail("a wrong code was accepted")
	}
	w.missed(err, lane, throttle.TOTP)
}

// replay sends the step that was accepted last, and one before it.
func (w *world) replay(b *modelBrowser) {
	if b.caller().State != auth.PendingSecondFactor || w.key == nil || w.spent == 0 {
		return
	}
	lane := w.lane(b)
	for _, step := range []int64{w.spent, w.spent - 1} {
		err := b.verify(w.key.code(step - totp.Step(w.now())))
		if err == nil {
			w.fail("a spent step was accepted")
		}
		w.missed(err, lane, throttle.TOTP)
	}
}

func (w *world) backupCode(b *modelBrowser) {
	if b.caller().State != auth.PendingSecondFactor || w.key == nil {
		return
	}
	lane, code := w.lane(b), w.anyCode()
	err := b.verify(code)
	switch {
	case err == nil:
		w.used(code)
		w.failures[lane][throttle.Backup] = 0
		b.proved = session.LevelTwo
	case slices.Contains(w.sheet, code) && !w.justified(err, lane, throttle.Backup):
		w.fail("an unused backup code was refused: %v", err)
	default:
		w.missed(err, lane, throttle.Backup)
	}
}

// anyCode is an unused code, a wasted one, or one that never was.
func (w *world) anyCode() string {
	switch w.random.IntN(3) {
	case 0:
		if len(w.waste) > 0 {
			return w.waste[w.random.IntN(len(w.waste))]
		}
	case 1:
		return backupcode.Generate()[0]
	}
	if len(w.sheet) > 0 {
		return w.sheet[w.random.IntN(len(w.sheet))]
	}
	return backupcode.Generate()[0]
}

// provenCaller steps up with everything that is owed; nil when the browser is
// not signed in or a wait is running.
func (w *world) provenCaller(b *modelBrowser) *auth.Caller {
	if b.caller().State != auth.SignedIn {
		return nil
	}
	if err := b.stepUp(w.password, ""); err != nil {
		w.fail("a right password was refused: %v", err)
		return nil
	}
	if w.key == nil {
		return b.caller()
	}
	code, step := w.fresh()
	if b.caller().State != auth.SignedIn {
		return nil
	}
	lane := w.lane(b)
	err := b.stepUp(w.password, code)
	switch {
	case err == nil:
		w.accepted(step)
		b.proved = session.LevelTwo
		return b.caller()
	case !w.justified(err, lane, throttle.TOTP):
		w.fail("a right code was refused: %v", err)
	}
	return nil
}

func (w *world) stepUpBackup(b *modelBrowser) {
	if b.caller().State != auth.SignedIn || w.key == nil {
		return
	}
	lane, code := w.lane(b), w.anyCode()
	err := b.stepUp("", code)
	switch {
	case err == nil:
		w.used(code)
		b.proved = session.LevelTwo
	case slices.Contains(w.sheet, code) && !w.justified(err, lane, throttle.Backup):
		w.fail("an unused backup code was refused: %v", err)
	default:
		w.missed(err, lane, throttle.Backup)
	}
}

func (w *world) begin(b *modelBrowser) {
	c := w.provenCaller(b)
	if c == nil {
		return
	}
	e, err := b.BeginEnrollment(b.ctx, c, false)
	if err != nil {
		w.fail("a set-up was refused: %v", err)
		return
	}
	b.pending = &phone{house: b.house, secret: e.Secret}
}

func (w *world) confirm(b *modelBrowser) {
	if b.pending == nil {
		return
	}
	step := totp.Step(w.now())
	err := b.confirm(b.pending.code(0))
	if err == nil {
		w.key, w.spent, w.paused = b.pending, step, false
		for _, lane := range w.failures {
			lane[throttle.TOTP] = 0
		}
		b.proved = session.LevelTwo
		w.endAll(b)
		return
	}
	switch apperr.CodeOf(err) {
	case apperr.PendingKeyEnded, apperr.SignedOut, apperr.SecondFactorOwed, apperr.WrongState:
		b.pending = nil
	default:
		w.fail("a confirming code was refused: %v", err)
	}
}

func (w *world) generate(b *modelBrowser) {
	c := w.provenCaller(b)
	if c == nil || w.key == nil {
		return
	}
	codes, err := b.ReplaceBackupCodes(b.ctx, c, noSheet)
	if err != nil {
		w.fail("new codes were refused: %v", err)
		return
	}
	w.waste, w.sheet = append(w.waste, w.sheet...), codes.Codes
	for _, lane := range w.failures {
		lane[throttle.Backup] = 0
	}
}

func (w *world) check(b *modelBrowser) {
	c := b.caller()
	if c.State != auth.SignedIn || c.Session.Level != session.LevelTwo || w.key == nil {
		return
	}
	lane, code := w.lane(b), w.anyCode()
	r, err := b.CheckBackupCode(b.ctx, c, code)
	live := slices.Contains(w.sheet, code)
	switch {
	case err == nil && (r.Result == auth.CheckValid) != live:
		w.fail("a check says %q, and the code is live: %v", r.Result, live)
	case err == nil && r.Result == auth.CheckUnknown:
		w.failures[lane][throttle.Backup]++
	case err != nil && live && !w.justified(err, lane, throttle.Backup):
		w.fail("a check of a live code was refused: %v", err)
	}
}

func (w *world) pause(b *modelBrowser) {
	c := w.provenCaller(b)
	if c == nil || w.key == nil {
		return
	}
	length := []time.Duration{0, time.Hour, 24 * time.Hour}[w.random.IntN(3)]
	if err := b.Pause(b.ctx, c, length); err != nil {
		w.fail("a pause was refused: %v", err)
		return
	}
	w.paused, w.pauseEnd = true, time.Time{}
	if length != 0 {
		w.pauseEnd = w.now().Add(length)
	}
	w.endAll(b)
}

func (w *world) enable(b *modelBrowser) {
	if b.caller().State != auth.SignedIn || w.key == nil || w.owes() == session.LevelTwo {
		return
	}
	code, step := w.fresh()
	if b.caller().State != auth.SignedIn || w.owes() == session.LevelTwo {
		return
	}
	lane := w.lane(b)
	i, err := b.Enable(b.ctx, b.caller(), code)
	switch {
	case err == nil:
		b.keep(i)
		w.accepted(step)
		w.paused = false
		b.proved = session.LevelTwo
		w.endAll(b)
	case !w.justified(err, lane, throttle.TOTP):
		w.fail("enabling was refused: %v", err)
	}
}

func (w *world) remove(b *modelBrowser) {
	c := w.provenCaller(b)
	if c == nil || w.key == nil {
		return
	}
	if err := b.RemoveKey(b.ctx, c); err != nil {
		w.fail("removing was refused: %v", err)
		return
	}
	w.dropKey()
	w.endAll(b)
}

func (w *world) dropKey() {
	w.key, w.spent, w.paused = nil, 0, false
	w.waste, w.sheet = append(w.waste, w.sheet...), nil
	w.forget()
}

func (w *world) changePassword(b *modelBrowser) {
	c := w.provenCaller(b)
	if c == nil {
		return
	}
	fresh := map[string]string{goodPassword: newPassword, newPassword: goodPassword}[w.password]
	if err := b.ChangePassword(b.ctx, c, fresh); err != nil {
		w.fail("a new password was refused: %v", err)
		return
	}
	w.password = fresh
	if c.Session.Level == session.LevelTwo {
		w.forget()
	}
	w.endAll(b)
}

func (w *world) operatorResets(b *modelBrowser) {
	if w.random.IntN(4) != 0 { // rarely
		return
	}
	b.must(b.ResetTwoFactor(b.ctx, "anna"))
	w.dropKey()
	w.endAll(nil)
}

func (w *world) cancel(b *modelBrowser) {
	if b.caller().State == auth.SignedIn {
		b.must(b.CancelEnrollment(b.ctx, b.caller()))
		b.pending = nil
		return
	}
	i, err := b.CancelPending(b.ctx, b.caller())
	b.must(err)
	b.keep(i)
	b.proved = session.LevelNone
}

// look checks what must hold after every action.
func (w *world) look() {
	for i, b := range w.browsers {
		c, err := b.Resolve(b.ctx, b.client, b.tokens, true)
		b.must(err)
		if c.State != auth.SignedIn {
			continue
		}
		if c.Session.Level > b.proved {
			w.fail("browser %d is at level %d and has proved %d", i, c.Session.Level, b.proved)
		}
		if c.Session.Level < w.owes() {
			w.fail("browser %d is at level %d and owes %d", i, c.Session.Level, w.owes())
		}
		view, err := b.TwoFactor(b.ctx, c)
		if err != nil {
			w.fail("the page is refused: %v", err)
			continue
		}
		if view.Enabled != (w.owes() == session.LevelTwo) || (view.Key == auth.KeyNone) != (w.key == nil) {
			w.fail("browser %d sees enabled %v and key %q", i, view.Enabled, view.Key)
		}
	}
}

// run carries out a sequence and returns what went wrong, "" = nothing.
func run(t *testing.T, o database.Options, sequence []int) string {
	t.Helper()
	w := newModel(t, o, uint64(len(sequence)))
	for at, n := range sequence {
		b := w.browsers[n/len(actions)%modelBrowsers]
		a := actions[n%len(actions)]
		a.do(w, b)
		w.look()
		if w.problem != "" {
			return fmt.Sprintf("step %d, %s: %s", at, a.name, w.problem)
		}
	}
	return ""
}

// shrink leaves out what a failing sequence can do without.
func shrink(fails func([]int) string, sequence []int) []int {
	for size := len(sequence) / 2; size > 0; size /= 2 {
		for from := 0; from+size <= len(sequence); {
			shorter := slices.Delete(slices.Clone(sequence), from, from+size)
			if fails(shorter) != "" {
				sequence = shorter
			} else {
				from += size
			}
		}
	}
	return sequence
}

func TestModelKeptSequences(t *testing.T) {
	for _, text := range keptSequences {
		testdb.EachEngine(t, func(t *testing.T, engine string) {
			var sequence []int
			for _, word := range strings.Fields(text) {
				n, err := strconv.Atoi(word)
				if err != nil {
					t.Fatal(err)
				}
				sequence = append(sequence, n)
			}
			if problem := run(t, testdb.Options(t, engine), sequence); problem != "" {
				t.Errorf("%s: %s", text, problem)
			}
		})
	}
}

// TestModel runs new random sequences; IMAGEMASTER_TEST_MODEL sets how many.
func TestModel(t *testing.T) {
	sequences := 10
	if text := os.Getenv("IMAGEMASTER_TEST_MODEL"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		sequences = n
	}
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		for range sequences {
			sequence := make([]int, modelSteps)
			for i := range sequence {
				sequence[i] = rand.IntN(modelBrowsers)*len(actions) + common[rand.IntN(len(common))]
			}
			fails := func(s []int) string { return run(t, testdb.Options(t, engine), s) }
			if fails(sequence) == "" {
				continue
			}
			short := shrink(fails, sequence)
			t.Fatalf("%s\nkeep: %q", fails(short), strings.Trim(fmt.Sprint(short), "[]"))
		}
	})
}
