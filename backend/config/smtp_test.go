package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

const smtpSecret = "hunter2-at-the-mail-server"

// withSMTP checks the defaults with a mail server and one change.
func withSMTP(change func(*ServeFlags)) (SMTP, error) {
	f := defaults[ServeFlags]()
	f.SMTPHost, f.SMTPFrom = "mail.example.org", "sign-in@example.org"
	change(&f)
	s, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), f, files(map[string][]byte{
		"secret": []byte(" " + smtpSecret + "\r\n"), "marked": []byte("\ufeff" + smtpSecret + "\n\n"), "empty": []byte("\n"), "two": []byte("a\n" + smtpSecret + "\n"), "big": make([]byte, 5<<10),
	}))
	return s.SMTP, err
}

func TestSMTP(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ServeFlags)
		want   SMTP
	}{
		"least": {func(*ServeFlags) {}, SMTP{Host: "mail.example.org", Port: 587, From: "sign-in@example.org"}},
		"whole": {func(f *ServeFlags) {
			f.SMTPHost, f.SMTPPort, f.SMTPUser, f.SMTPPassword = "Mail.Example.org", "465", "joe", " p w "
		}, SMTP{Host: "mail.example.org", Port: 465, User: "joe", Password: " p w ", From: "sign-in@example.org"}},
		"file": {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "secret" },
			SMTP{Host: "mail.example.org", Port: 587, User: "joe", Password: " " + smtpSecret, From: "sign-in@example.org"}},
		"file with a byte order mark": {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "marked" },
			SMTP{Host: "mail.example.org", Port: 587, User: "joe", Password: smtpSecret, From: "sign-in@example.org"}},
		"here": {func(f *ServeFlags) { f.SMTPHost, f.SMTPPort = "::1", "25" }, SMTP{Host: "::1", Port: 25, From: "sign-in@example.org"}},
		"none": {func(f *ServeFlags) { f.SMTPHost, f.SMTPFrom = "", "" }, SMTP{}},
	} {
		if got, err := withSMTP(c.change); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestSMTPMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ServeFlags)
		want   []string
	}{
		"host with port":        {func(f *ServeFlags) { f.SMTPHost = "mail.example.org:25" }, []string{"--smtp-host"}},
		"host with zone":        {func(f *ServeFlags) { f.SMTPHost = "fe80::1%eth0" }, []string{"--smtp-host"}},
		"port":                  {func(f *ServeFlags) { f.SMTPPort = "0" }, []string{"--smtp-port"}},
		"no sender":             {func(f *ServeFlags) { f.SMTPFrom = "" }, []string{"--smtp-from"}},
		"sender with name":      {func(f *ServeFlags) { f.SMTPFrom = "Us <us@example.org>" }, []string{"--smtp-from"}},
		"sender with header":    {func(f *ServeFlags) { f.SMTPFrom = "us@example.org\r\nBcc: x@example.org" }, []string{"--smtp-from"}},
		"user alone":            {func(f *ServeFlags) { f.SMTPUser = "joe" }, []string{"--smtp-password"}},
		"password alone":        {func(f *ServeFlags) { f.SMTPPassword = smtpSecret }, []string{"--smtp-user"}},
		"both passwords":        {func(f *ServeFlags) { f.SMTPUser, f.SMTPPassword, f.SMTPPasswordFile = "joe", smtpSecret, "secret" }, []string{"--smtp-password-file"}},
		"missing file":          {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "nowhere" }, []string{"--smtp-password-file"}},
		"empty file":            {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "empty" }, []string{"--smtp-password-file"}},
		"file of two lines":     {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "two" }, []string{"--smtp-password-file"}},
		"large file":            {func(f *ServeFlags) { f.SMTPUser, f.SMTPPasswordFile = "joe", "big" }, []string{"--smtp-password-file"}},
		"password of two lines": {func(f *ServeFlags) { f.SMTPUser, f.SMTPPassword = "joe", "a\n"+smtpSecret }, []string{"--smtp-password"}},
		"everything without a server": {func(f *ServeFlags) {
			f.SMTPHost, f.SMTPUser, f.SMTPPassword, f.SMTPPasswordFile = "", "joe", smtpSecret, "secret"
		}, []string{"--smtp-user", "--smtp-password", "--smtp-password-file", "--smtp-from"}},
		"everything at once": {func(f *ServeFlags) {
			f.SMTPHost, f.SMTPPort, f.SMTPUser, f.SMTPFrom = "a b", "x", "joe\n", "x"
		}, []string{"--smtp-host", "--smtp-port", "--smtp-user", "--smtp-password", "--smtp-from"}},
	} {
		_, err := withSMTP(c.change)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		var names []string
		for line := range strings.SplitSeq(err.Error(), "\n") {
			option, _, _ := strings.Cut(line, ":")
			names = append(names, option)
		}
		if !slices.Equal(names, c.want) || strings.Contains(err.Error(), smtpSecret) {
			t.Errorf("%s: got %q, want %q", name, err, c.want)
		}
	}
}
