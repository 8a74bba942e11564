package auth_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// The model-based test drives random sequences of everything that can be done
// to an account, from several browsers over two instances on one database, and
// compares each answer with a model that knows what a person can know: the
// password, the phones, the sheets, and what each browser has shown and when.
// It checks that
//
//   - no code is accepted twice, and none of a key or set that was replaced;
//   - no session is above the level it has proved, or below the level owed, and
//     none outlives what ends it;
//   - nobody is refused who holds a valid means while no wait is running, and
//     nobody gets past a wait, a stop or a step-up that is owed;
//   - two-factor authentication is enabled only with an app that gave a code, or a passkey
//     or hardware key;
//   - a key answers each request once, and a new one counts as phishing-resistant only when
//     it may; what changes the factors asks for the strongest one;
//   - a help code opens, once and after the password, a session that can only enrol;
//   - policies ask a second factor of whom they are for, from their deadline on;
//   - a link for another password works once, signs nobody in, and leaves the second
//     factor owed;
//   - the tables say the same (model_check_test.go).
//
// Its numbers are those of the product's rules and are written out here: a rule
// that changes by mistake must not change its test.
//
// model_run_test.go says how a failure is printed, repeated and kept.

// model is the model, beside the real thing.
type model struct {
	t         *testing.T
	options   database.Options
	clock     *clock
	ringPath  string
	instances [2]*instance
	visitors  [3]*visitor

	id         int64
	name       string
	made       time.Time // the account
	role       account.Role
	staffSince time.Time // since when it has another role than person
	helper     modelHelper

	group       int64
	joined      time.Time // the group, zero = not in it
	policies    []*modelPolicy
	exceptUntil time.Time // zero = no exception

	lastSignIn time.Time
	password   string
	changedAt  time.Time   // of the password
	changes    []time.Time // all of them
	mustChange bool
	disabled   bool
	// unknownFailures are the wrong codes from browsers the account does not know.
	unknownFailures []time.Time
	suspectUntil    time.Time // until then a completed sign-in must change the password
	address         string    // of notices

	key      *modelKey // the authenticator app, nil = none
	keys     []*modelOwnKey
	former   []*modelOwnKey // removed
	pausing  modelPause
	oldPhone *phone    // of a key that was replaced or removed
	sheet    []string  // unused codes of the live set
	used     []string  // used codes of the live set
	replaced []string  // codes of former sets
	everUsed []string  // used codes of all sets
	gone     []string  // codes deleted with a key
	set      *modelSet // the live set, nil = none
	setsMade int
	notices  []*modelNotice
	link     *modelLink // for another password, nil = none was given
	help     *modelHelp // nil = none was given
	// formerHelp are the help codes that others have replaced.
	formerHelp   []string
	stoppedUntil time.Time // until then nobody may help
	// formerLinks are the tokens of links that others have replaced.
	formerLinks []string
	budgets     map[throttle.Lane]map[throttle.Method]*budget
	sign        signInBudgets

	sessions []*modelSession
	devices  []*modelDevice
	retired  []auth.Tokens // must never count again
	memory   memory
}

// instance is one server on the database.
type instance struct {
	*auth.Service
	db *database.DB
}

// modelKey is the key of an app that has given a code.
type modelKey struct {
	*phone
	spent int64 // the highest step accepted
	lost  bool  // its ring key is lost
}

// modelPause is a pause of the second factor.
type modelPause struct {
	on   bool
	at   time.Time
	ends time.Time // zero = open
}

// modelSet is what is known of a set of backup codes.
type modelSet struct {
	number                   int
	made, confirmed, checked time.Time
}

// visitor is somebody at a browser.
type visitor struct {
	name    string
	at      int // the instance that serves it
	client  auth.Client
	tokens  auth.Tokens
	session *modelSession
	pending *modelPending
	device  *modelDevice
}

type modelSession struct {
	modelGiven
	modelAsked
	id             int64
	level          session.Level
	began, seen    time.Time
	passwordAt     time.Time
	backupAt       time.Time // opened with a backup code, zero = not, or no more
	wrongPasswords int       // in a row
	device         *modelDevice
	offer          *modelOffer
	recovery       bool // opened with a help code: it can only enrol
	over           bool
	doubt          bool // its time was over once: the row may be gone
}

type modelPending struct {
	modelAsked
	passwordAt, ends time.Time
	extended         int
	over, doubt      bool
}

type modelDevice struct {
	used   time.Time
	misses int
	budget passwordBudget
	over   bool
}

// modelOffer is a pending key.
type modelOffer struct {
	*phone
	replaces *modelKey
	began    time.Time
	ends     time.Time
	failures int
	extended int
	lost     bool
	doubt    bool
}

func newModel(t *testing.T, o database.Options) *model {
	t.Helper()
	w := &model{t: t, options: o, clock: &clock{now: time.Date(2026, 11, 23, 9, 0, 5, 0, time.UTC)}, ringPath: ringFile(t)}
	w.memory.reset()
	w.sign.forgetNames()
	w.sign.addresses = map[netip.Addr]*passwordBudget{}
	t.Cleanup(w.close)
	for i := range w.instances {
		w.start(i)
	}
	for i, address := range []string{"192.0.2.7", "192.0.2.7", "198.51.100.9"} {
		w.visitors[i] = &visitor{name: string(rune('a' + i)), at: i % 2,
			client: auth.Client{Address: netip.MustParseAddr(address), UserAgent: "Firefox", RequestID: "r"}}
	}
	w.forgetFailures()
	w.name, w.password, w.mustChange, w.changedAt = "anna", firstPassword, true, w.now()
	w.must(w.operator().CreateUser(w.ctx(), auth.NewUser{Username: "anna", Password: w.password}))
	w.id, w.made, w.role = w.idOf(w.name), w.now(), account.Person
	w.startPolicies()
	w.startHelper()
	return w
}

const firstPassword = "first password of the operator"

// start starts an instance, as the program does.
func (w *model) start(i int) {
	db, err := database.Open(w.ctx(), w.options)
	w.must(err)
	w.must(db.Migrate(w.ctx()))
	ring, err := secretbox.Load(w.ringPath)
	w.must(err)
	w.must(rotation.Service{DB: db, Now: w.clock.Now, Version: "test", Host: "test"}.Check(w.ctx(), ring))
	w.instances[i] = &instance{db: db, Service: auth.New(auth.Deps{DB: db, Keys: ring, Hasher: password.NewHasher(4, testCost),
		Now: w.clock.Now, Issuer: "ImageMaster", PublicURL: origin, Version: "test", Host: "test"})}
}

func (w *model) stop(i int) {
	if at := w.instances[i]; at != nil {
		w.must(at.db.Close())
		w.instances[i] = nil
	}
}

func (w *model) close() {
	for i := range w.instances {
		w.stop(i)
	}
}

func (w *model) ctx() context.Context { return context.Background() }

func (w *model) now() time.Time { return w.clock.Now() }

func (w *model) operator() *instance { return w.instances[0] }

// problem is what run finds wrong.
type problem string

// fail ends a sequence.
func (w *model) fail(format string, args ...any) { panic(problem(fmt.Sprintf(format, args...))) }

func (w *model) must(err error) {
	if err != nil {
		w.fail("unexpected: %v", err)
	}
}

// paused says whether a pause counts: not where a second factor is due.
func (w *model) paused() bool { return w.pauseRuns() && !w.due() }

// pauseRuns says whether a pause is within its time: not one that a clock that was ahead
// began.
func (w *model) pauseRuns() bool {
	return w.any() && w.pausing.on && !w.pausing.at.After(w.now().Add(5*time.Minute)) && (w.pausing.ends.IsZero() || w.now().Before(w.pausing.ends))
}

// owes is the level a session must have now.
func (w *model) owes() session.Level {
	if !w.any() || w.paused() {
		return session.LevelPassword
	}
	return session.LevelTwo
}

// next is what a signed-in person must do first.
func (w *model) next() auth.Next {
	switch {
	case w.mustChange:
		return auth.NextChangePassword
	case w.key != nil && len(w.keys) == 0 && !w.paused() && w.key.lost, !w.any() && w.due():
		return auth.NextSetUp
	}
	return auth.NextDone
}

// nextIn is next in a session.
func (w *model) nextIn(s *modelSession) auth.Next {
	if s.recovery {
		return auth.NextSetUp
	}
	return w.next()
}

// inTime says whether a session's own limits let it count: 24 hours in all, 15 minutes
// where it can only enrol, one hour idle, and not seen in a future that a wrong clock made up.
func (w *model) inTime(s *modelSession) bool {
	now, lifetime := w.now(), 24*time.Hour
	if s.recovery {
		lifetime = 15 * time.Minute
	}
	return now.Before(s.began.Add(lifetime)) && now.Before(s.seen.Add(time.Hour)) && !s.seen.After(now.Add(5*time.Minute))
}

func (w *model) stands(s *modelSession) bool { return s != nil && !s.over && w.inTime(s) }

func (w *model) waits(p *modelPending) bool { return p != nil && !p.over && w.counts(p.ends) }

// counts says whether something pending that lasts until ends does so now. One
// that lasts much longer than it can was begun while the clock was ahead.
func (w *model) counts(ends time.Time) bool {
	return w.now().Before(ends) && !ends.After(w.now().Add(pendingLife+5*time.Minute))
}

// offered returns the key that waits for its first code in a session.
func (w *model) offered(s *modelSession) *modelOffer {
	if s.offer != nil && w.outgrown(s.offer.began) && !s.recovery {
		return nil // it was begun with a weaker factor than is asked for by now
	}
	if s.offer == nil || s.offer.replaces != w.key || !w.counts(s.offer.ends) || s.offer.failures >= 10 {
		return nil
	}
	return s.offer
}

// state is how far a visitor has come.
func (w *model) state(v *visitor) auth.State {
	switch {
	case w.stands(v.session) && (v.session.recovery || v.session.level >= w.owes()):
		return auth.SignedIn
	case w.stands(v.session), w.waits(v.pending):
		return auth.PendingSecondFactor
	}
	return auth.Anonymous
}

func (w *model) known(v *visitor) bool { return v.device != nil && !v.device.over }

func (w *model) lane(v *visitor) throttle.Lane {
	if w.known(v) {
		return throttle.Known
	}
	return throttle.Unknown
}

// seePause stores that a pause has reached its end, as each request of a session or
// a pending sign-in does that still counts.
func (w *model) seePause(v *visitor) {
	if w.stands(v.session) || w.waits(v.pending) {
		w.endOverduePause()
	}
}

func (w *model) endOverduePause() {
	if w.any() && w.pausing.on && !w.paused() {
		w.pausing.on = false
	}
}

// endAll is the model of a raised epoch.
func (w *model) endAll(but *modelSession) {
	for _, s := range w.sessions {
		s.over = s.over || s != but
		s.offer, s.asked = nil, nil
	}
	for _, v := range w.visitors {
		if v.pending != nil {
			v.pending.over = true
		}
	}
	for _, d := range w.devices {
		d.over = d.over || but == nil || d != but.device
	}
	w.endLink()
	w.endHelp()
	w.sweep()
}

// sweep drops what is over for good.
func (w *model) sweep() {
	w.sessions = slices.DeleteFunc(w.sessions, func(s *modelSession) bool { return s.over })
	w.devices = slices.DeleteFunc(w.devices, func(d *modelDevice) bool { return d.over })
}

// dropKey is the model of all factors that are removed with their codes.
func (w *model) dropKey() {
	if w.key != nil {
		w.oldPhone = w.key.phone
	}
	w.dropOwnKeys()
	w.key, w.pausing = nil, modelPause{}
	w.gone = slices.Concat(w.gone, w.sheet, w.used, w.replaced)
	w.sheet, w.used, w.replaced, w.set = nil, nil, nil, nil
	w.forgetFailures()
}

// complete is the model of a sign-in that is completed now.
func (w *model) complete(v *visitor, s *modelSession) {
	now := w.now()
	s.device = w.keepDevice(v, s.level)
	for _, other := range w.sessions { // a sign-in deletes what is out of time
		other.over = other.over || !w.inTime(other)
	}
	w.sweep()
	slices.SortStableFunc(w.sessions, func(a, b *modelSession) int { return b.seen.Compare(a.seen) })
	if len(w.sessions) > 19 {
		w.tellEvicted()
	}
	for _, s := range w.sessions[min(len(w.sessions), 19):] {
		s.over = true
	}
	w.sweep()
	s.began, s.seen, w.lastSignIn = now, now, now
	w.sessions = append([]*modelSession{s}, w.sessions...)
	v.session, v.pending = s, nil
	w.demandPassword()
}

// keepDevice makes the browser a known one: with the second factor, or where
// none is bound.
func (w *model) keepDevice(v *visitor, level session.Level) *modelDevice {
	switch {
	case w.any() && level < session.LevelTwo && !w.known(v):
		return nil
	case w.any() && level < session.LevelTwo:
		return v.device
	case w.known(v):
		v.device.used, v.device.misses = w.now(), 0
		return v.device
	}
	slices.SortStableFunc(w.devices, func(a, b *modelDevice) int { return b.used.Compare(a.used) })
	for _, d := range w.devices[min(len(w.devices), 9):] {
		d.over = true
	}
	w.sweep()
	v.device = &modelDevice{used: w.now()}
	w.devices = append([]*modelDevice{v.device}, w.devices...)
	return v.device
}

// suspect is the rule of 20 failures in the unknown lane in 30 days, since the
// password was chosen. It is judged when a code fails.
func (w *model) suspect() {
	since := w.now().Add(-30 * 24 * time.Hour)
	if w.changedAt.After(since) && !w.changedAt.After(w.now()) {
		since = w.changedAt
	}
	var counted []time.Time
	for _, at := range w.unknownFailures {
		if !at.Before(since) {
			counted = append(counted, at)
		}
	}
	slices.SortFunc(counted, func(a, b time.Time) int { return b.Compare(a) })
	if len(counted) >= 20 {
		w.suspectUntil = counted[19].Add(30 * 24 * time.Hour)
	}
}

func (w *model) demandPassword() {
	w.mustChange = w.mustChange || w.now().Before(w.suspectUntil)
}

// choosePassword is a new password of the account.
func (w *model) choosePassword(typed string, mustChange bool) {
	w.password, w.mustChange, w.changedAt, w.suspectUntil = typed, mustChange, w.now(), time.Time{}
	w.changes = append(w.changes, w.now())
}

func (w *model) newPhone(secret string) *phone {
	return &phone{kit: &kit{T: w.t, clock: w.clock}, secret: secret}
}

// at is the code a phone shows at a step.
func (w *model) at(p *phone, step int64) string { return p.code(step - totp.Step(w.now())) }
