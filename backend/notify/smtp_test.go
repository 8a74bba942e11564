package notify

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"imagemaster/backend/testmail"
)

const (
	mailUser   = "sign-in"
	mailSecret = "canary-password-at-the-mail-server"
)

// secure is a server on another machine, as far as the client can tell.
func secure(to *testmail.Server) Server {
	return Server{Host: testmail.Host, Port: 587, From: sender, User: mailUser, Password: mailSecret, RootCAs: testmail.RootCAs(), Dial: to.Dial}
}

func letterTo(t *testing.T, address string) *gomail.Msg {
	t.Helper()
	m := &mail{Kind: KeyBound, Recipient: address, Username: "ada", Reference: "reference"}
	l := testSender.write(m, testCodes(), testLinks())
	msg, err := l.message(&testSender, sender, m, start)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func sendOne(t *testing.T, s Server) error {
	t.Helper()
	return s.send(t.Context(), "sign-in.example", letterTo(t, "ada@example.org"))
}

func TestSTARTTLS(t *testing.T) {
	server := testmail.Start(t, testmail.Options{User: mailUser, Password: mailSecret})
	if err := sendOne(t, secure(server)); err != nil {
		t.Fatal(err)
	}
	m := server.WaitMails(1)[0]
	if !m.Secure || m.EnvelopeFrom != sender || m.EnvelopeTo != "[ada@example.org]" || m.Helo != "sign-in.example" {
		t.Errorf("mail is %+v", m)
	}
	if logins := server.Logins(); len(logins) != 1 || logins[0] != (testmail.Login{User: mailUser, Password: mailSecret, Secure: true}) {
		t.Errorf("logins: %+v", logins)
	}
}

func TestImplicitTLS(t *testing.T) {
	server := testmail.Start(t, testmail.Options{ImplicitTLS: true, User: mailUser, Password: mailSecret})
	s := secure(server)
	s.Port = 465
	if err := sendOne(t, s); err != nil {
		t.Fatal(err)
	}
	if m := server.WaitMails(1)[0]; !m.Secure {
		t.Error("the mail came in plain text")
	}
}

// Without STARTTLS, which a man in the middle can hide, neither the mail nor the
// password is sent, although the server accepts both.
func TestSTARTTLSIsDemanded(t *testing.T) {
	server := testmail.Start(t, testmail.Options{NoTLS: true, User: mailUser, Password: mailSecret})
	if err := sendOne(t, secure(server)); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("got %v", err)
	}
	checkNothingCame(t, server, onThisMachine(server))
}

// Nothing is sent to a server without a valid certificate for its name.
func TestCertificateIsChecked(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		server := testmail.Start(t, testmail.Options{ImplicitTLS: implicit, User: mailUser, Password: mailSecret})
		stranger, other := secure(server), secure(server)
		stranger.RootCAs, other.Host = x509.NewCertPool(), "other.example.test"
		for name, s := range map[string]Server{"an unknown authority": stranger, "another name": other} {
			if implicit {
				s.Port = 465
			}
			if err := sendOne(t, s); err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		right := secure(server)
		if implicit {
			right.Port = 465
		}
		checkNothingCame(t, server, right)
	}
}

// checkNothingCame sends one mail in the right way, which must be the only one
// that the server got.
func checkNothingCame(t *testing.T, server *testmail.Server, right Server) {
	t.Helper()
	if err := sendOne(t, right); err != nil {
		t.Fatal(err)
	}
	if mails, logins := server.WaitMails(1), server.Logins(); len(mails) != 1 || len(logins) != 1 {
		t.Errorf("the server got %d mails and %+v", len(mails), logins)
	}
}

// onThisMachine is a server that needs no TLS.
func onThisMachine(to *testmail.Server) Server {
	return Server{Host: "127.0.0.1", Port: to.Port, From: sender, User: mailUser, Password: mailSecret}
}

// A server on this machine needs no TLS, not even for the password.
func TestPlainTextOnThisMachine(t *testing.T) {
	server := testmail.Start(t, testmail.Options{NoTLS: true, User: mailUser, Password: mailSecret})
	for i, host := range []string{"127.0.0.1", "localhost"} {
		s := onThisMachine(server)
		s.Host = host
		if host == "localhost" {
			s.Dial = server.Dial // the server listens on one of the addresses of that name
		}
		if err := sendOne(t, s); err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		if m := server.WaitMails(i + 1)[i]; m.Secure {
			t.Error("the mail came over TLS")
		}
	}
}

// elsewhere is a connection to another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

// A name below localhost may resolve to another machine, which needs TLS.
func TestPlainTextStaysOnThisMachine(t *testing.T) {
	server := testmail.Start(t, testmail.Options{NoTLS: true, User: mailUser, Password: mailSecret})
	s := onThisMachine(server)
	s.Host, s.Dial = "mail.localhost", func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := server.Dial(ctx, network, address)
		return elsewhere{conn}, err
	}
	if err := sendOne(t, s); err == nil || !strings.Contains(err.Error(), "must speak TLS") {
		t.Errorf("got %v", err)
	}
	checkNothingCame(t, server, onThisMachine(server))
}

func TestWrongPassword(t *testing.T) {
	server := testmail.Start(t, testmail.Options{User: mailUser, Password: "another"})
	err := sendOne(t, secure(server))
	if err == nil || errors.Is(err, errRejected) || strings.Contains(err.Error(), mailSecret) {
		t.Errorf("got %v", err)
	}
}

// Only an answer about the mailbox ends a mail; what the operator can repair does
// not. No error names the recipient.
func TestRefusals(t *testing.T) {
	for answer, forGood := range map[string]bool{
		"550 5.1.1 no such mailbox":     true,
		"552 5.2.2 mailbox full":        true,
		"550 no such mailbox":           true,
		"554 5.7.1 relay access denied": false,
		"530 authenticate first":        false,
		"451 4.3.0 try again later":     false,
		"450 greylisted":                false,
	} {
		server := testmail.Start(t, testmail.Options{Refuse: answer})
		s := secure(server)
		s.User, s.Password = "", ""
		err := sendOne(t, s)
		if err == nil || errors.Is(err, errRejected) != forGood {
			t.Errorf("%s: got %v", answer, err)
		}
		if err != nil && (strings.Contains(err.Error(), "ada@") || !strings.Contains(err.Error(), answer[:3])) {
			t.Errorf("%s: the log would say %q", answer, err)
		}
	}
}

// A try ends with its context although the server accepts connections and never
// answers, and the connection is closed afterwards.
func TestSilentServer(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Silent: true})
	var conn net.Conn
	s := secure(server)
	s.Dial = func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		conn, err = server.Dial(ctx, network, address)
		return conn, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	msg := letterTo(t, "ada@example.org")
	go func() { done <- s.send(ctx, "sign-in.example", msg) }()
	server.WaitConnections(1)
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("sent")
		}
	case <-time.After(stepTime / 2):
		t.Fatal("the try goes on after its end")
	}
	if _, err := conn.Write(bytes.Repeat([]byte("x"), 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection is still open: %v", err)
	}
}

func checkServer(t *testing.T, s Server) error {
	t.Helper()
	return Check(t.Context(), s, Sender{PublicURL: "https://sign-in.example"})
}

// Check signs in and sends nothing.
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
