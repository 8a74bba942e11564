package config

import (
	"bytes"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const secret = "hunter2-in-the-DSN"

// files is a ReadFile over a map.
func files(m map[string][]byte) ReadFile {
	return func(path string, most int) ([]byte, error) {
		content, ok := m[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return content[:min(most, len(content))], nil
	}
}

// A file without an end, such as a device, is not read into memory.
func TestFromDisk(t *testing.T) {
	if content, err := FromDisk("/dev/zero", 100); err != nil || len(content) != 100 {
		t.Skipf("this system has no /dev/zero: %d bytes, %v", len(content), err)
	}
	if _, err := ReadFile(FromDisk).upTo("/dev/zero", maxSecretFile); err == nil || !strings.Contains(err.Error(), "is larger than") {
		t.Errorf("/dev/zero: %v", err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := FromDisk(path, 100); err != nil || string(content) != "whole" {
		t.Errorf("read %q, %v", content, err)
	}
}

var noFiles = files(nil)

// defaults fills flags from their tags, as the command line does.
func defaults[T any]() T {
	var flags T
	v := reflect.ValueOf(&flags).Elem()
	for _, field := range reflect.VisibleFields(v.Type()) {
		if text := field.Tag.Get("default"); text != "" {
			v.FieldByIndex(field.Index).SetString(text)
		}
	}
	return flags
}

func TestDefaults(t *testing.T) {
	s, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), defaults[ServeFlags](), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs("data")
	if err != nil {
		t.Fatal(err)
	}
	want := Serve{
		Store:  Store{DataDir: data, KeyFile: filepath.Join(data, KeyFileName), MakeKeyFile: true},
		Listen: "127.0.0.1:8080", PublicURL: "http://localhost:8080", BrandName: "ImageMaster", SessionIdle: time.Hour, SessionLifetime: 24 * time.Hour,
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v\nwant %+v", s, want)
	}
}

func TestEveryOptionIsExplained(t *testing.T) {
	for _, flags := range []any{StoreFlags{}, BrandFlags{}, ServeFlags{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(flags)) {
			if !field.Anonymous && !strings.HasSuffix(field.Tag.Get("help"), ".") {
				t.Errorf("%s has no help", field.Name)
			}
		}
	}
}

func TestEveryMistakeAtOnceAndByName(t *testing.T) {
	_, err := Validate(
		StoreFlags{Data: "", Database: "user:" + secret + "@/x", DatabaseFile: "missing"},
		BrandFlags{BrandName: "a:b"},
		ServeFlags{Listen: "x", PublicFlags: PublicFlags{PublicURL: "y"}, TrustedProxies: "z", BrandLogo: "missing", AppURL: "y", HelpContact: "a\nb", SMTPPort: "x", Log: "xml", LogLevel: "loud",
			GateListen: "x", SessionIdle: "x", SessionLifetime: "y", AcceptPasskeyLoss: "many"},
		noFiles,
	)
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	var names []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	want := []string{"--database-file", "--data", "--key-file", "--listen", "--public-url", "--trusted-proxies", "--brand-name", "--brand-logo", "--app-url", "--help-contact", "--smtp-port", "--log", "--log-level",
		"--gate-listen", "--session-idle", "--session-lifetime", "--accept-passkey-loss"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q\nwant %q", names, want)
	}
	if strings.Contains(err.Error(), secret) {
		t.Error("the password is in the message")
	}
}

// A proxy in front speaks https. Unless its address is known, everybody counts as
// one address.
func TestHTTPSNeedsTrustedProxies(t *testing.T) {
	flags := defaults[ServeFlags]()
	flags.PublicURL = "https://login.example.org"
	for proxies, want := range map[string]string{"": "--trusted-proxies: needed with https", "127.0.0.1": "", "x": `--trusted-proxies: "x" is not a network`} {
		flags.TrustedProxies = proxies
		_, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), flags, noFiles)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: got %v, want one line with %q", proxies, err, want)
		}
	}
}

// check is one function under test with the value it returns as text.
type check struct{ in, out, err string }

func run(t *testing.T, checks []check, fn func(string) (string, error)) {
	t.Helper()
	for _, c := range checks {
		out, err := fn(c.in)
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%q: %v", c.in, err)
		case c.err == "" && out != c.out:
			t.Errorf("%q: got %q, want %q", c.in, out, c.out)
		case c.err != "" && err == nil:
			t.Errorf("%q: accepted as %q", c.in, out)
		case c.err != "" && (!strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%q: got %q, want one line with %q", c.in, err, c.err)
		}
	}
}

func TestPublicURL(t *testing.T) {
	run(t, []check{
		{"http://localhost:8080", "http://localhost:8080", ""},
		{"http://localhost:80/", "http://localhost", ""},
		{"HTTPS://Login.Example.ORG:443", "https://login.example.org", ""},
		{"https://login.example.org:8443/", "https://login.example.org:8443", ""},
		{"https://login.example.org:80", "https://login.example.org:80", ""},
		{"https://192.0.2.7", "https://192.0.2.7", ""},
		{"https://[2001:db8::1]:443", "https://[2001:db8::1]", ""},
		{"http://127.3.2.1:8080", "http://127.3.2.1:8080", ""},
		{"http://[::1]:8080", "http://[::1]:8080", ""},
		{"http://dev.localhost", "http://dev.localhost", ""},
		{"https://xn--bcher-kva.example", "https://xn--bcher-kva.example", ""},
		{"https://login.example.org:08443", "https://login.example.org:8443", ""}, // as browsers write them
		{"https://login.example.org:0443", "https://login.example.org", ""},
		{"https://[2001:DB8:0::0001]:8443", "https://[2001:db8::1]:8443", ""},

		{"", "", "must be an address"},
		{"login.example.org", "", "must be an address"},
		{"//login.example.org", "", "must be an address"},
		{"https:login.example.org", "", "must be an address"},
		{"https://", "", "must be an address"},
		{"https://:8080", "", "must be an address"},
		{"ftp://login.example.org", "", "must be an address"},
		{"javascript:alert(1)", "", "must be an address"},
		{"https://%zz", "", "must be an address"},
		{" https://login.example.org", "", "must be an address"},
		{"http://login.example.org", "", "must begin with https"},
		{"http://0.0.0.0:8080", "", "must begin with https"},
		{"http://192.168.1.2", "", "must begin with https"},
		{"http://localhost.example.org", "", "must begin with https"},
		{"http://notlocalhost", "", "must begin with https"},
		{"https://login.example.org/app", "", "must end after the host"},
		{"https://login.example.org//", "", "must end after the host"},
		{"https://login.example.org?", "", "must end after the host"},
		{"https://login.example.org?x=1", "", "must end after the host"},
		{"https://login.example.org#", "", "must end after the host"},
		{"https://login.example.org#x", "", "must end after the host"},
		{"https://me@login.example.org", "", "user name or password"},
		{"https://me:" + secret + "@login.example.org", "", "user name or password"},
		{"https://login.example.org:0", "", "port"},
		{"https://login.example.org:65536", "", "port"},
		{"https://login.example.org:", "", "port after the colon is missing"},
		{"https://bücher.example", "", "xn--"},
		{"https://a_b.example", "", "not a host name"},
		{"https://-a.example", "", "not a host name"},
		{"https://a..example", "", "not a host name"},
		{"https://login.example.org.", "", "not a host name"},
		{"https://192.0.2.999", "", "not a host name"},
		{"https://1", "", "not a host name"},
	}, ParseOrigin)
}

func TestPublicURLDoesNotRepeatAPassword(t *testing.T) {
	for _, text := range []string{"https://me:" + secret + "@host", "https://me:" + secret + "@host/%zz", "http://me:" + secret + "@host"} {
		if _, err := ParseOrigin(text); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q gives %v", text, err)
		}
	}
}

func TestAppURL(t *testing.T) {
	run(t, []check{
		{"", "", ""},
		{"https://images.example.org/start?tab=1#x", "https://images.example.org/start?tab=1#x", ""},
		{"http://localhost:3000/x", "http://localhost:3000/x", ""},
		{"http://images.example.org", "", "must begin with https"},
		{"javascript://localhost/%0aalert(1)", "", "must be an address"},
		{"data:text/html,x", "", "must be an address"},
		{"/start", "", "must be an address"},
		{"https://me@images.example.org", "", "user name or password"},
	}, checkAppURL)
}

func TestListen(t *testing.T) {
	run(t, []check{
		{"127.0.0.1:8080", "127.0.0.1:8080", ""},
		{":8080", ":8080", ""},
		{"[::1]:8080", "[::1]:8080", ""},
		{"localhost:1", "localhost:1", ""},
		{"0.0.0.0:65535", "0.0.0.0:65535", ""},
		{"", "", "HOST:PORT"},
		{"8080", "", "HOST:PORT"},
		{"localhost", "", "HOST:PORT"},
		{"::1:8080", "", "HOST:PORT"},
		{"http://localhost:8080", "", "HOST:PORT"},
		{"localhost:", "", "port"},
		{"localhost:0", "", "port"},
		{"localhost:http", "", "port"},
		{"localhost:65536", "", "port"},
		{"localhost:-1", "", "port"},
		{"local host:8080", "", "neither"},
		{"256.0.0.1:8080", "", "neither"},
	}, checkListen)
}

func TestTrustedProxies(t *testing.T) {
	read := func(list string) (string, error) {
		prefixes, err := checkProxies(list)
		var texts []string
		for _, p := range prefixes {
			texts = append(texts, p.String())
		}
		return strings.Join(texts, " "), err
	}
	run(t, []check{
		{"", "", ""},
		{"10.0.0.0/8", "10.0.0.0/8", ""},
		{"10.0.0.0/8, 192.0.2.1,fd00::/8\t::1", "10.0.0.0/8 192.0.2.1/32 fd00::/8 ::1/128", ""},
		{"::ffff:192.0.2.1", "192.0.2.1/32", ""},
		{"0.0.0.0/0", "", "holds more than your proxies"},
		{"::/0", "", "holds more than your proxies"},
		{"0.0.0.0/1,128.0.0.0/1", "", "holds more than your proxies"},
		{"8.0.0.0/7", "", "holds more than your proxies"},
		{"2000::/3", "", "holds more than your proxies"},
		{"2000::/15", "", "holds more than your proxies"},
		{"::/1", "", "holds more than your proxies"},
		{"fc00::/6", "", "holds more than your proxies"},
		{"fc00::/7", "fc00::/7", ""},
		{"10.0.0.0/8,127.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7,fe80::/16,::1", "10.0.0.0/8 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7 fe80::/16 ::1/128", ""},
		{"1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,1.2.0.0/16,1.0.0.0/8", "1.0.0.0/8 2.0.0.0/8 3.0.0.0/8 4.0.0.0/8 1.2.0.0/16 1.0.0.0/8", ""},
		{"1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5.0.0.0/32", "", "together hold more than your proxies"},
		{"2001::/16,2002::/16,2003::/16,2004::/16,2005::/32", "", "together hold more than your proxies"},
		{"10.0.0.0/8,2001::/16,2002::/16,2003::/16,2004::/16", "", "together hold more than your proxies"},
		{"10.1.2.3/8", "", "the network is 10.0.0.0/8"},
		{"10.0.0.0/33", "", "not a network"},
		{"proxy.example.org", "", "not a network"},
		{"fe80::1%eth0", "", "not a network"},
		{"::ffff:10.0.0.0/104", "", "not a network"},
		{"x, 10.0.0.0/8, y", "", `"x" is not a network like 10.0.0.0/8 or an address; "y" is`},
	}, read)
	if prefixes, _ := checkProxies("10.0.0.0/8"); !slices.Equal(prefixes, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}) {
		t.Errorf("got %v", prefixes)
	}
}

func TestBrandName(t *testing.T) {
	run(t, []check{
		{"ImageMaster", "ImageMaster", ""},
		{"  Two Words ", "Two Words", ""},
		{strings.Repeat("a", 24), strings.Repeat("a", 24), ""},
		{"-._~-._~-._~-._~-._~-._~", "-._~-._~-._~-._~-._~-._~", ""},
		{"äöüß", "äöüß", ""},
		{"Müller & Söhne", "", "takes 30 bytes"},
		{"aaaaaa bbbbbb cccccc ddd", "", "takes 30 bytes"},
		{"", "", "empty"},
		{"   ", "", "empty"},
		{"a:b", "", "colon"},
		{":", "", "colon"},
		{strings.Repeat("a", 25), "", "at most 24"},
		{"äöüßä", "", "takes 30 bytes"},
		{"a\nb", "", "plain text"},
		{"a\x00b", "", "plain text"},
		{"a\xffb", "", "plain text"},
		{"a\u202eb", "", "plain text"},
		{"a\u200bb", "", "plain text"},
	}, checkBrandName)
	for _, c := range []BrandFlags{{""}, {"a:b"}} {
		if _, err := ValidateBrand(c); err == nil || !strings.HasPrefix(err.Error(), "--brand-name: ") {
			t.Errorf("%q gives %v", c.BrandName, err)
		}
	}
}

func TestHelpContact(t *testing.T) {
	run(t, []check{
		{"", "", ""},
		{"Service desk, +49 30 1234: 8–17 h, Zimmer 3 ☎", "Service desk, +49 30 1234: 8–17 h, Zimmer 3 ☎", ""},
		{strings.Repeat("ü", 200), strings.Repeat("ü", 200), ""},
		{strings.Repeat("ü", 201), "", "201 letters"},
		{"a\tb", "", "plain text"},
		{"a\x1b[31mb", "", "plain text"},
	}, checkHelpContact)
}

func TestStore(t *testing.T) {
	const dsn = "user:" + secret + "@tcp(db:3306)/im"
	read := files(map[string][]byte{
		"dsn": []byte(dsn + "\n"), "empty": []byte(" \n"), "two": []byte(dsn + "\n" + dsn + "\n"), "large": bytes.Repeat([]byte("x"), maxSecretFile+1),
	})
	abs, err := filepath.Abs("d")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   StoreFlags
		want Store
		err  string
	}{
		"embedded":       {StoreFlags{Data: "d"}, Store{DataDir: abs, KeyFile: filepath.Join(abs, KeyFileName), MakeKeyFile: true}, ""},
		"embedded, key":  {StoreFlags{Data: "d", KeyFile: "k"}, Store{DataDir: abs, KeyFile: "k", MakeKeyFile: true}, ""},
		"server":         {StoreFlags{Data: "d", Database: dsn, KeyFile: "k"}, Store{DataDir: abs, DSN: dsn, KeyFile: "k"}, ""},
		"server, file":   {StoreFlags{Data: "d", DatabaseFile: "dsn", KeyFile: "k"}, Store{DataDir: abs, DSN: dsn, KeyFile: "k"}, ""},
		"server, no key": {StoreFlags{Data: "d", Database: dsn}, Store{}, "--key-file: needed"},
		"file, no key":   {StoreFlags{Data: "d", DatabaseFile: "dsn"}, Store{}, "--key-file: needed"},
		"both":           {StoreFlags{Data: "d", Database: dsn, DatabaseFile: "dsn", KeyFile: "k"}, Store{}, "--database-file: not together"},
		"missing file":   {StoreFlags{Data: "d", DatabaseFile: "none", KeyFile: "k"}, Store{}, "--database-file: cannot read none: file does not exist"},
		"empty file":     {StoreFlags{Data: "d", DatabaseFile: "empty", KeyFile: "k"}, Store{}, "one line"},
		"two lines":      {StoreFlags{Data: "d", DatabaseFile: "two", KeyFile: "k"}, Store{}, "one line"},
		"large file":     {StoreFlags{Data: "d", DatabaseFile: "large", KeyFile: "k"}, Store{}, "larger than 4 KiB"},
		"no data folder": {StoreFlags{}, Store{}, "--data: name a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ValidateStore(c.in, read)
			if c.err == "" && (err != nil || got != c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
			if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), secret)) {
				t.Errorf("got %v, want %q without the password", err, c.err)
			}
		})
	}
}
