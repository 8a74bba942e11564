package notify

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"imagemaster/backend/testmail"
)

func checkServer(t *testing.T, s Server) error {
	t.Helper()
	return Check(t.Context(), s, Sender{PublicURL: "https://sign-in.example"})
}

// A check signs in and sends nothing.
func TestCheck(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		server := testmail.Start(t, testmail.Options{ImplicitTLS: implicit, User: mailUser, Password: mailSecret})
		s := secure(server)
		if implicit {
			s.Port = 465
		}
		if err := checkServer(t, s); err != nil {
			t.Fatal(err)
		}
		if logins := server.Logins(); len(logins) != 1 || !logins[0].Secure {
			t.Errorf("logins: %+v", logins)
		}
		if mails := server.Mails(); len(mails) != 0 {
			t.Errorf("%d mails were sent", len(mails))
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	right := testmail.Options{User: mailUser, Password: mailSecret}
	open, plain := testmail.Start(t, right), testmail.Start(t, testmail.Options{NoTLS: true, User: mailUser, Password: mailSecret})
	wrongName, wrongPassword, gone := secure(open), secure(open), secure(open)
	wrongName.Host = "other.example.test"
	wrongPassword.Password = "wrong"
	gone.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	for name, c := range map[string]struct {
		server Server
		want   string
	}{
		"certificate": {wrongName, "certificate"},
		"password":    {wrongPassword, "535"},
		"no TLS":      {secure(plain), "STARTTLS"},
		"gone":        {gone, "refused"},
	} {
		err := checkServer(t, c.server)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), mailSecret) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
