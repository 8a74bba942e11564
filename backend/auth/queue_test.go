package auth_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/password"
	"imagemaster/backend/testdb"
)

// Somebody with a whole site of IPv6 cannot take every place in the line for
// passwords: a caller from elsewhere still gets one.
func TestASiteOfIPv6IsOneAddressInTheLine(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	h.Hasher = password.NewHasher(1, testCost)
	leave, err := h.Hasher.Enter(h.ctx, password.Source{})
	h.must(err)
	signIn := func(address string, done chan<- error) {
		b := h.browser()
		b.client.Address = netip.MustParseAddr(address)
		c := b.caller()
		go func() { done <- second(h.SignIn(h.ctx, c, "nobody", "a password of nobody")) }()
	}
	const line = 40 // two seconds of work at first
	site, stranger := make(chan error, line), make(chan error, 1)
	for i := range line {
		signIn(fmt.Sprintf("2001:db8:1:%x::1", i), site)
	}
	for deadline := time.Now().Add(2 * time.Second); h.Hasher.Waiting() < line; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the line is never full")
		}
	}
	signIn("203.0.113.9", stranger)
	select {
	case err := <-stranger:
		t.Fatalf("the stranger gets no place: %v", err)
	case err := <-site: // has given its place
		h.refused(err, apperr.Busy)
	}
	leave()
	h.refused(<-stranger, apperr.CredentialsWrong)
}
