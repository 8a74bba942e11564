package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
)

// place is a state of an account's second factor.
type place int

// The places, in the order of the table in matrix_test.go.
const (
	off           place = iota // no key
	enabled                    // a key and ten codes
	moveBegun                  // the same, and a new key on offer
	paused                     // enabled, paused for an hour
	keyDead                    // enabled, too many wrong codes of the app
	keyUnreadable              // enabled, the key file was lost
	noCodesLeft                // enabled, all ten codes used
	places
)

var placeNames = [places]string{"off", "enabled", "move begun", "paused", "key dead", "key unreadable", "no codes left"}

// arrivals bring an account from off to each place.
var arrivals = [places]func(p *person){
	off:           func(*person) {},
	enabled:       (*person).setUp,
	moveBegun:     func(p *person) { p.setUp(); p.beginMove() },
	paused:        func(p *person) { p.setUp(); p.pause("hour") },
	keyDead:       func(p *person) { p.setUp(); p.loseTries() },
	keyUnreadable: func(p *person) { p.setUp(); p.loseKeyFile() },
	noCodesLeft:   func(p *person) { p.setUp(); p.useAllCodes() },
}

// person has an account, a browser at home, and perhaps an app and a sheet of
// codes. At every place the home browser is signed in and has just given all
// factors of the account.
type person struct {
	w       *kit
	name    string
	home    *browser
	secret  string   // in the app; "" without a key
	offered string   // the secret of a key on offer
	codes   []string // of the live set, as printed
	next    int      // which of them is used next
	appDead bool     // no code of the app is accepted any more
}

// personAt makes an account of that name and brings it to a place.
func (w *kit) personAt(name string, at place) *person {
	w.t.Helper()
	w.addPerson(name)
	p := &person{w: w, name: name, home: w.browser()}
	p.home.signIn(name)
	arrivals[at](p)
	return p
}

func (p *person) setUp() {
	p.w.t.Helper()
	p.secret = p.home.enroll()
	p.codes, p.next = p.home.generate(), 0
}

func (p *person) beginMove() {
	p.w.t.Helper()
	p.offered = p.home.want(200, "POST", "/api/two-factor/enrollment", "").json["secret"].(string)
}

func (p *person) pause(length string) {
	p.w.t.Helper()
	p.home.want(204, "POST", "/api/two-factor/disable", object("mode", "pause", "for", length))
}

// loseTries uses up the tries of both lanes: first in the person's own browser,
// then in an unrecognised one, too slowly to raise the alarm that the password is
// known. The person then signs in with a backup code. In each lane it makes the
// first and the last try and sets the counts between; TestAllTries makes them all.
func (p *person) loseTries() {
	p.w.t.Helper()
	p.useUpBoth(func(try int, lane throttle.Lane) int {
		if try > 1 {
			return try + 1
		}
		p.setFailures(lane, lane.Stop()-1)
		return lane.Stop()
	})
}

// useUpBoth uses up both lanes; next gives the number of the next try.
func (p *person) useUpBoth(next func(try int, lane throttle.Lane) int) {
	p.w.t.Helper()
	p.home.want(204, "DELETE", "/api/session", "")
	p.home.load()
	for try := 1; try <= throttle.Known.Stop(); try = next(try, throttle.Known) {
		p.miss(p.home, time.Hour, try == throttle.Known.Stop(), "code_stopped")
	}
	for try := 1; try <= throttle.Unknown.Stop(); try = next(try, throttle.Unknown) {
		p.miss(p.w.browser(), 2*24*time.Hour, try == throttle.Unknown.Stop(), "key_dead")
	}
	p.appDead = true
	p.enter(p.home)
}

// miss waits, then submits a wrong code. The answer to the last one of a lane says
// how the lane ends.
func (p *person) miss(b *browser, wait time.Duration, last bool, end string) {
	p.w.t.Helper()
	p.w.clock.move(wait)
	b.want(200, "POST", "/api/sign-in", object("username", p.name, "password", rightPassword))
	a := b.send("POST", "/api/sign-in/verify", object("code", p.w.wrongCode(p.secret)))
	if want := map[bool]any{false: "code_wrong", true: end}[last]; a.json["code"] != want {
		p.w.t.Fatalf("%s, want %s", a.body, want)
	}
}

// setFailures sets how many wrong codes of the app there were in a lane.
func (p *person) setFailures(lane throttle.Lane, failures int) {
	p.w.t.Helper()
	const mine = "account_id = (SELECT id FROM accounts WHERE username = ?)"
	err := p.w.db.InTx(p.w.t.Context(), func(tx *database.Tx) error {
		done := tx.Exec("UPDATE code_budgets SET failures = ? WHERE method = 'totp' AND lane = ? AND "+mine, failures, lane, p.name)
		if done.Error != nil || lane == throttle.Unknown {
			return done.Error
		}
		return tx.Exec("UPDATE devices SET failures = ? WHERE "+mine, failures, p.name).Error
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
}

// loseKeyFile restarts with another key ring on the same database. The session is
// in the database and stays; the CSRF token is derived from the ring and changes.
func (p *person) loseKeyFile() {
	p.w.t.Helper()
	keys := newKeys(p.w.t)
	p.w = p.w.restarted(func(d *Deps) { d.Keys = keys })
	p.home.w = p.w
	p.home.load()
	p.appDead = true
}

func (p *person) useAllCodes() {
	p.w.t.Helper()
	for range p.codes {
		p.home.stepUp("code", p.backupCode())
	}
}

// appCode is an unused code of the app.
func (p *person) appCode() string {
	p.w.t.Helper()
	if p.secret == "" {
		return "123456"
	}
	p.w.clock.move(31 * time.Second)
	return p.w.code(p.secret, 0)
}

// backupCode is the next unused code; if none is left the first one, and without a
// set a code that does not exist.
func (p *person) backupCode() string {
	switch {
	case p.codes == nil:
		return unknownCode
	case p.next == len(p.codes):
		return p.codes[0]
	}
	p.next++
	return p.codes[p.next-1]
}

// enter signs in with a factor that works at this place.
func (p *person) enter(b *browser) {
	p.w.t.Helper()
	if b.signIn(p.name) != "second_factor" {
		return
	}
	code := p.appCode()
	if p.appDead {
		code = p.backupCode()
	}
	b.want(200, "POST", "/api/sign-in/verify", object("code", code))
	b.load()
}

// elsewhere signs the person in in another browser.
func (p *person) elsewhere() *browser {
	p.w.t.Helper()
	b := p.w.browser()
	p.enter(b)
	return b
}

// seen describes the second factor as the settings show it in the home browser,
// which signs in again first if it was signed out.
func (p *person) seen() string {
	p.w.t.Helper()
	if p.home.load()["state"] == "anonymous" {
		p.enter(p.home)
	}
	summary := p.home.load()["two_factor"]
	view := p.home.want(200, "GET", "/api/two-factor", "").json
	left := 0.0
	if set, ok := view["backup_codes"].(map[string]any); ok {
		left = set["left"].(float64)
	}
	for member, want := range map[string]any{"status": view["status"], "paused": view["paused"], "paused_until": view["paused_until"],
		"key": view["key"], "backup_codes_left": left} {
		if got := summary.(map[string]any)[member]; got != want {
			p.w.t.Errorf("every page shows %s %v, the settings %v", member, got, want)
		}
	}
	return describeView(view)
}

// describeView puts the state into words: "on, key dead, 9 codes, a key on offer".
func describeView(view map[string]any) string {
	words := []string{map[any]string{"enabled": "on", "disabled": "off"}[view["status"]]}
	if view["paused"] == true {
		words[0] = "paused"
	}
	if key := view["key"]; key == "dead" || key == "unreadable" {
		words = append(words, fmt.Sprintf("key %v", key))
	}
	if set, ok := view["backup_codes"].(map[string]any); ok {
		words = append(words, fmt.Sprintf("%v codes", set["left"]))
	}
	if view["pending_expires_at"] != nil {
		words = append(words, "a key on offer")
	}
	return strings.Join(words, ", ")
}

// TestArrivals: each place has the state that its name says.
func TestArrivals(t *testing.T) {
	w := sqlite(t)
	for at, want := range [places]string{
		off:           "off",
		enabled:       "on, 10 codes",
		moveBegun:     "on, 10 codes, a key on offer",
		paused:        "paused, 10 codes",
		keyDead:       "on, key dead, 9 codes", // one was needed to get in
		keyUnreadable: "on, key unreadable, 10 codes",
		noCodesLeft:   "on, 0 codes",
	} {
		p := w.personAt(fmt.Sprint("person", at), place(at))
		if got := p.seen(); got != want {
			t.Errorf("%s: %q, want %q", placeNames[at], got, want)
		}
	}
}

// TestAllTries makes every wrong try and reaches the same state as the shortcut of
// the other tests.
func TestAllTries(t *testing.T) {
	p := sqlite(t).personAt("ada", enabled)
	p.useUpBoth(func(try int, _ throttle.Lane) int { return try + 1 })
	if got := p.seen(); got != "on, key dead, 9 codes" {
		t.Error(got)
	}
}
