package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"imagemaster/backend/backupcode"
)

// crowd is a day of attacks: how many addresses try how often.
type crowd struct {
	addresses int
	tick      time.Duration // every address tries once in each
}

// attackCrowd is small here; `npm run bench` sends a large one.
func attackCrowd() crowd {
	if os.Getenv("IMAGEMASTER_TEST_ATTACK") != "" {
		return crowd{addresses: 100, tick: 5 * time.Minute}
	}
	return crowd{addresses: 10, tick: time.Hour}
}

// tally counts what an attacker's tries came to.
type tally struct{ compared, heldBack atomic.Int64 }

func (n *tally) count(t testing.TB, a answer) {
	switch a.status {
	case http.StatusUnauthorized:
		n.compared.Add(1)
	case http.StatusTooManyRequests, http.StatusConflict, http.StatusServiceUnavailable:
		n.heldBack.Add(1)
	default:
		t.Errorf("an attacker was answered %d: %s", a.status, a.body)
	}
}

// from sends a request from an address, behind a proxy we trust and with a
// forged entry in front of the one the proxy has written.
func from(address string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d, %s", rand.IntN(256), rand.IntN(256), rand.IntN(256), address))
	}
}

func behindProxy(d *Deps) { d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")} }

// siege runs an attack for a day, in parallel from all addresses of the crowd,
// while the person signs in every few hours from a browser that is known.
func siege(t *testing.T, attack func(w *kit, address string, n *tally)) *tally {
	w := sqlite(t, behindProxy)
	w.addUser("anna")
	own := w.browser()
	own.signIn("anna")
	secret := own.enroll()
	who, n := attackCrowd(), &tally{}
	var waited int
	begin := w.clock.now()
	for hour := 1; w.clock.now().Before(begin.Add(24 * time.Hour)); {
		var all sync.WaitGroup
		for i := range who.addresses {
			all.Go(func() { attack(w, fmt.Sprintf("198.51.%d.%d", i/250, i%250+1), n) })
		}
		all.Wait()
		if w.clock.now().After(begin.Add(time.Duration(hour) * time.Hour)) {
			waited += ownSignIn(w, own, secret, "192.0.2.1")
			hour += 4
		}
		w.clock.move(who.tick)
	}
	t.Logf("%d addresses, one try in %v each: %d guesses compared in a day, %d held back; the person waited %d times",
		who.addresses, who.tick, n.compared.Load(), n.heldBack.Load(), waited)
	if waited != 0 {
		t.Errorf("the person's own browser was kept out %d times", waited)
	}
	return n
}

// ownSignIn signs the person in from the known browser and returns 1 when
// something held it back.
func ownSignIn(w *kit, own *browser, secret, address string) int {
	w.clock.move(31 * time.Second)
	if a := own.send("POST", "/api/sign-in", object("username", "anna", "password", rightPassword), from(address)); a.status != 200 {
		w.t.Log(a.body)
		return 1
	}
	own.load()
	if a := own.send("POST", "/api/sign-in/verify", object("code", w.code(secret, 0)), from(address)); a.status != 200 {
		w.t.Log(a.body)
		return 1
	}
	own.load()
	return 0
}

// An attacker who does not know the password. All that the limits allow is
// compared: if less were, the limits would keep people out, too. The day may
// touch two windows, each begun by a try.
func TestAttackOnThePassword(t *testing.T) {
	n := siege(t, func(w *kit, address string, n *tally) {
		b := w.browser()
		n.count(w.t, b.send("POST", "/api/sign-in", object("username", "anna", "password", fmt.Sprintf("guess number %d", rand.Int())), from(address)))
	})
	if got := n.compared.Load(); got < 100 || got > 200 {
		t.Errorf("%d passwords compared, want 100 to 200", got)
	}
}

// An attacker who knows the password and guesses 6-digit codes: at least one is
// compared in each of the day's rounds.
func TestAttackOnTheCode(t *testing.T) {
	n := siege(t, func(w *kit, address string, n *tally) {
		guessCode(w, address, n, fmt.Sprintf("%06d", rand.IntN(1_000_000)))
	})
	if got := n.compared.Load(); got < 24 || got > 34 {
		t.Errorf("%d codes compared, want 24 to 34", got)
	}
}

// An attacker who knows the password and guesses backup codes.
func TestAttackOnTheBackupCodes(t *testing.T) {
	n := siege(t, func(w *kit, address string, n *tally) { guessCode(w, address, n, backupcode.Generate()[0]) })
	if got := n.compared.Load(); got < 24 || got > 34 {
		t.Errorf("%d backup codes compared, want 24 to 34", got)
	}
}

func guessCode(w *kit, address string, n *tally, code string) {
	b := w.browser()
	a := b.send("POST", "/api/sign-in", object("username", "anna", "password", rightPassword), from(address))
	if a.status != 200 {
		n.heldBack.Add(1)
		return
	}
	a = b.send("POST", "/api/sign-in/verify", object("code", code), from(address))
	if a.status == http.StatusUnauthorized && a.json["code"] == "pending_ended" {
		n.heldBack.Add(1) // its pending sign-in made room for another one
		return
	}
	n.count(w.t, a)
}

// One address that tries many names: 30 at once, then one in 20 seconds. A
// known browser behind the same address is not held back.
func TestAttackFromOneAddress(t *testing.T) {
	const address = "203.0.113.9"
	w := sqlite(t, behindProxy)
	w.addUser("anna")
	own := w.browser()
	own.signIn("anna")
	secret := own.enroll()
	n, names := &tally{}, 0
	try := func() {
		names++
		n.count(t, w.browser().send("POST", "/api/sign-in", object("username", fmt.Sprintf("name%d", names), "password", "a guess"), from(address)))
	}
	check := func(compared, heldBack int64) {
		t.Helper()
		if c, h := n.compared.Load(), n.heldBack.Load(); c != compared || h != heldBack {
			t.Errorf("%d passwords compared and %d held back, want %d and %d", c, h, compared, heldBack)
		}
	}
	for range 40 {
		try()
	}
	check(30, 10)
	for range 60 {
		w.clock.move(20 * time.Second)
		try()
		try()
	}
	check(90, 70)
	if ownSignIn(w, own, secret, address) != 0 {
		t.Error("the person's own browser was kept out")
	}
}
