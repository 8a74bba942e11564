package cli

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/password"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// atURL names the address that links of these tests begin with.
const atURL = "--public-url=https://sign.example.org"

// tokenOf returns the token of the link that is all that a command printed.
func tokenOf(t *testing.T, printed string) string {
	t.Helper()
	found := regexp.MustCompile(`^https://sign\.example\.org/welcome#([A-Za-z0-9_-]{43})\n?$`).FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("no link in %q", printed)
	}
	return found[1]
}

// service is what a server works with.
func (s *kit) service() *auth.Service {
	s.Helper()
	hasher := password.NewHasher(1, password.Cost{MemoryKiB: 64, Iterations: 1})
	return auth.New(auth.Deps{DB: s.db, Keys: s.ring(), Hasher: hasher, Now: time.Now, Issuer: "ImageMaster"})
}

// use chooses a password with a link.
func (s *kit) use(token string) error {
	s.Helper()
	_, err := s.service().UseLink(s.Context(), &auth.Caller{}, token, "seven green bottles on a wall")
	return err
}

var untilTime = regexp.MustCompile(`until (\S+)\.\n`)

// checkUntil checks how long a command says that its link works.
func checkUntil(t *testing.T, said string, began time.Time, lifetime time.Duration) {
	t.Helper()
	found := untilTime.FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("no time in %q", said)
	}
	until, err := time.Parse(time.RFC3339, found[1])
	if err != nil || until.Before(began.Add(lifetime).Truncate(time.Second)) || until.After(time.Now().Add(lifetime)) {
		t.Errorf("it works until %s, asked %v after %v", found[1], lifetime, began)
	}
}

func TestInvite(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("group", "add", "staff").succeeds(t)
		s.cmd("group", "add", "crew").succeeds(t)
		began := time.Now()
		o := s.cmd("user", "invite", "jonas", "--display-name", "Jonas Huber", "--email", "jonas@example.org", "--group", "staff", "--group", "crew", atURL).succeeds(t)
		if !strings.Contains(o.stderr, "It is shown only now, and works once, until ") || strings.Contains(o.stderr, "this machine only") {
			t.Errorf("it says %q", o.stderr)
		}
		checkUntil(t, o.stderr, began, 168*time.Hour)
		listed := func(wanted ...string) {
			t.Helper()
			line := s.cmd("user", "list", "--json", "--search", "jonas").succeeds(t).stdout
			for _, want := range wanted {
				if !strings.Contains(line, want) {
					t.Errorf("no %s in %s", want, line)
				}
			}
		}
		listed(`"username":"jonas"`, `"display_name":"Jonas Huber"`, `"email":"jonas@example.org"`, `"role":"person"`, `"state":"invited"`, `"groups":["crew","staff"]`)
		token := tokenOf(t, o.stdout)
		if err := s.use(token); err != nil {
			t.Errorf("the link does not work: %v", err)
		}
		if err := s.use(token); err == nil {
			t.Error("the link works twice")
		}
		listed(`"state":"enabled"`)
		began = time.Now()
		checkUntil(t, s.cmd("user", "invite", "short", "--hours=1", atURL).succeeds(t).stderr, began, time.Hour)
		checkUntil(t, s.cmd("user", "invite", "long", "--hours=720", atURL).succeeds(t).stderr, began, 720*time.Hour)
	})
}

// What is refused makes no account.
func TestInviteIsRefused(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.cmd("user", "invite", "jonas", "--email", "jonas@example.org").succeeds(t)
		for _, c := range []struct {
			code int
			want string
			args []string
		}{
			{1, "taken", []string{"jonas"}},
			{1, "taken", []string{"JONAS"}},
			{1, "Another account has that e-mail address.", []string{"eve", "--email", "Jonas@example.org"}},
			{1, "not an e-mail address", []string{"eve", "--email", "no address"}},
			{1, "no spaces", []string{"two words"}},
			{1, "Enter a user name.", []string{""}},
			{1, "at most 64 characters", []string{strings.Repeat("x", 65)}},
			{1, "too long", []string{"eve", "--display-name", strings.Repeat("x", 101)}},
			{1, "There is no group of that name.", []string{"eve", "--group", "nobody"}},
			{1, "1 hour to 30 days", []string{"eve", "--hours", "0"}},
			{1, "1 hour to 30 days", []string{"eve", "--hours=-1"}},
			{1, "1 hour to 30 days", []string{"eve", "--hours", "721"}},
			{1, "1 hour to 30 days", []string{"eve", "--hours", "5124097"}}, // of which the nanoseconds overflow to more than an hour
			{2, "--hours", []string{"eve", "--hours", "week"}},
			{2, "--language must be one of", []string{"eve", "--language", "fr"}},
			{2, "--mail: needs an address", []string{"eve", "--mail"}},
			{2, "--public-url: ", []string{"eve", "--public-url", "ftp://sign.example.org"}},
			{2, "--public-url: must begin with https", []string{"eve", "--public-url", "http://sign.example.org"}},
			{2, "--public-url: ", []string{"eve", "--public-url", "https://sign.example.org/path"}},
			{2, "these mistakes were found:\n  --brand-name: ", []string{"eve", "--public-url", "x", "--brand-name", "a:b"}},
			{2, "<name>", nil},
			{2, "takes no argument after <name>", []string{"eve", "adam"}},
		} {
			s.cmd(append([]string{"user", "invite"}, c.args...)...).fails(t, c.code, c.want)
		}
		if got := strings.Join(s.listed(), " "); got != "anna jonas" {
			t.Errorf("there are %s", got)
		}
	})
}

// The public URL of the server counts for links, too. What belongs to one call has no
// variable.
func TestVariablesOfLinks(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	invite := func(name string, environ ...string) call {
		c := s.cmd("user", "invite", name)
		c.environ = environ
		return c
	}
	tokenOf(t, invite("one", "IMAGEMASTER_PUBLIC_URL=https://SIGN.example.org:443/").succeeds(t).stdout)
	both := invite("two", "IMAGEMASTER_PUBLIC_URL=https://other.example.org")
	both.args = append(both.args, atURL)
	tokenOf(t, both.succeeds(t).stdout)
	invite("three", "IMAGEMASTER_PUBLIC_URL=sign.example.org").fails(t, 2, "--public-url: ")
	o := invite("four").succeeds(t)
	if !strings.HasPrefix(o.stdout, "http://localhost:8080/welcome#") || !strings.Contains(o.stderr, "http://localhost:8080 is for this machine only") {
		t.Errorf("it prints %q and says %q", o.stdout, o.stderr)
	}
	for _, name := range []string{"GROUP", "EMAIL", "HOURS", "MAIL", "LANGUAGE", "DISPLAY_NAME", "CHECK", "FILTER", "SEARCH", "YES", "EVEN_LAST", "DESCRIPTION"} {
		invite("five", "IMAGEMASTER_"+name+"=1").fails(t, 2, "no option has the variable IMAGEMASTER_"+name)
	}
}

// A person with a password gets a link for an hour, an invited one another invitation.
// The second factor stays.
func TestPasswordLink(t *testing.T) {
	eachKit(t, func(s *kit) {
		t := s.T
		s.enroll("anna")
		began := time.Now()
		o := s.cmd("user", "password-link", "ANNA", atURL).succeeds(t)
		if !strings.Contains(o.stderr, "It is shown only now, and works once, until ") {
			t.Errorf("it says %q", o.stderr)
		}
		checkUntil(t, o.stderr, began, time.Hour)
		first := tokenOf(t, o.stdout)
		second := tokenOf(t, s.cmd("user", "password-link", "anna", atURL).succeeds(t).stdout)
		if err := s.use(first); err == nil {
			t.Error("the former link still works")
		}
		if err := s.use(second); err != nil {
			t.Errorf("the link does not work: %v", err)
		}
		if list := s.cmd("user", "list", "--json").succeeds(t).stdout; !strings.Contains(list, `"two_factor":"enabled"`) {
			t.Errorf("the second factor is gone: %s", list)
		}

		invitation := tokenOf(t, s.cmd("user", "invite", "jonas", atURL).succeeds(t).stdout)
		began = time.Now()
		o = s.cmd("user", "password-link", "jonas", atURL).succeeds(t)
		checkUntil(t, o.stderr, began, 168*time.Hour)
		if err := s.use(invitation); err == nil {
			t.Error("the former invitation still works")
		}
		if err := s.use(tokenOf(t, o.stdout)); err != nil {
			t.Errorf("the invitation does not work: %v", err)
		}

		s.cmd("user", "password-link", "jonas", "--mail").fails(t, 1, "no e-mail address to mail the link to")
		s.cmd("user", "password-link", "nobody").fails(t, 1, "There is no account of that name.")
		s.cmd("user", "password-link", "nobody", "--mail").fails(t, 1, "There is no account of that name.")
		s.cmd("user", "password-link", "jonas", "--hours=2").fails(t, 2, "unknown flag --hours")
		s.cmd("user", "password-link", "jonas", "--public-url=x").fails(t, 2, "--public-url: ")
		s.cmd("user", "disable", "jonas").succeeds(t)
		s.cmd("user", "password-link", "jonas").fails(t, 1, "The account is disabled")
	})
}

// post sends the mails of the queue as a running server does, until the test ends.
func (s *kit) post(to *testmail.Server) {
	s.Helper()
	c := notify.NewCourier(notify.CourierDeps{
		DB: s.db, Keys: s.ring(), Now: time.Now, Log: slog.New(slog.DiscardHandler), Record: s.service().RecordDelivery, LinkWorks: s.service().LinkWorks, Poll: 5 * time.Millisecond,
		Server: notify.Server{Host: testmail.Host, Port: 587, From: "sign-in@example.org", RootCAs: testmail.RootCAs(), Dial: to.Dial},
		Sender: notify.Sender{Brand: "ImageMaster", PublicURL: "https://sign.example.org"},
	})
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { c.Run(ctx) })
	s.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

var mailedLink = regexp.MustCompile(`https://sign\.example\.org/welcome#[A-Za-z0-9_-]{43}\b`)

// With --mail a link is printed nowhere: the running server mails it.
func TestMailedLinks(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	eachKit(t, func(s *kit) {
		t := s.T
		came := len(server.Mails())
		s.post(server)
		mailed := func(subject string, args ...string) {
			t.Helper()
			o := s.cmd(append([]string{"user"}, args...)...).succeeds(t)
			if strings.Contains(o.stdout+o.stderr, "welcome#") || strings.Contains(o.stderr, "this machine only") ||
				!strings.HasPrefix(o.stdout, "A running server mails the link to jonas@example.org. It works once, until ") {
				t.Errorf("%q prints %q and says %q", args, o.stdout, o.stderr)
			}
			came++
			m := server.WaitMails(came)[came-1]
			if m.To != "jonas@example.org" || !strings.Contains(m.Subject, subject) {
				t.Errorf("%q: the mail to %s has the subject %q", args, m.To, m.Subject)
			}
			if err := s.use(tokenOf(t, mailedLink.FindString(m.Text))); err != nil {
				t.Errorf("%q: the link does not work: %v", args, err)
			}
		}
		mailed("Ihr Konto ist bereit", "invite", "jonas", "--mail", "--email", "jonas@example.org", "--language", "de")
		mailed("password", "password-link", "jonas", "--mail")
		mailed("Passwort", "password-link", "jonas", "--mail", "--language=de")
		mailed("password", "password-link", "jonas", "--mail")
		mailed("password", "password-link", "jonas", "--mail")
		s.cmd("user", "password-link", "jonas", "--mail").fails(t, 1, "Too many links were mailed to this account lately. Wait up to an hour.")
		tokenOf(t, s.cmd("user", "password-link", "jonas", atURL).succeeds(t).stdout) // nothing is mailed
		s.cmd("user", "email", "jonas").succeeds(t)
		s.cmd("user", "password-link", "jonas", "--mail").fails(t, 1, "no e-mail address to mail the link to")
	})
}
