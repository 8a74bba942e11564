package cli

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzSince: an accepted time is the one that was written.
func FuzzSince(f *testing.F) {
	for _, seed := range []string{"", "2026-11-23", "2026-11-23T14:00:00Z", "2026-11-23T14:00:00.5+02:00", "2026-02-30", "yesterday", "23.11.2026", "0000-01-01", "9999-12-31T23:59:60Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		since, err := parseTime("--since", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "--since: ") || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("refused with %q", err.Error())
			}
			return
		}
		if text == "" {
			if !since.IsZero() {
				t.Errorf("nothing is %v", since)
			}
			return
		}
		if since.Year() < 0 || since.Year() > 9999 {
			t.Errorf("%q is in the year %d", text, since.Year())
		}
		written := since.Format(time.DateOnly)
		if !strings.HasPrefix(text, written) {
			t.Errorf("%q is on %s", text, written)
		}
		if again, err := parseTime("--since", since.Format(time.RFC3339Nano)); err != nil || !again.Equal(since) {
			t.Errorf("%q is %v, and that %v, %v", text, since, again, err)
		}
	})
}

// FuzzPasswordLine: the password is the whole first line of standard input, or it
// is refused. A refusal does not repeat it.
func FuzzPasswordLine(f *testing.F) {
	for _, seed := range []string{"violin marmalade tundra\n", "violin\r\nsecond line", "no line end", "", "\n", " spaces \n", "\xff\n", "a\x00b\n", "tab\t\r\r\n",
		strings.Repeat("a", maxPasswordLine-1) + "\n", strings.Repeat("a", maxPasswordLine+1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		p := Process{Stdin: strings.NewReader(input)}
		typed, err := p.askPassword(t.Context(), "anna")
		first, _, _ := strings.Cut(input, "\n")
		first = strings.TrimRight(first, "\r\n")
		if err != nil {
			if typed != "" || len(first) > 20 && strings.Contains(err.Error(), first) {
				t.Errorf("%q is repeated: %v", input, err)
			}
			if first == "" && len(input) < maxPasswordLine && !errors.Is(err, errNoPassword) {
				t.Errorf("nothing is refused with %v", err)
			}
			return
		}
		if typed != first || typed == "" || len(typed) >= maxPasswordLine || !utf8.ValidString(typed) {
			t.Errorf("of %q it takes %q", input, typed)
		}
	})
}

// FuzzVariables: only variables with our prefix count, each with the value after
// the first equals sign.
func FuzzVariables(f *testing.F) {
	f.Add("IMAGEMASTER_LISTEN=127.0.0.1:1", "PATH=/bin")
	f.Add("IMAGEMASTER_LISTEN=a=b", "IMAGEMASTER_LISTN=x")
	f.Add("imagemaster_listen=x", "IMAGEMASTER_")
	f.Fuzz(func(t *testing.T, first, second string) {
		environ := []string{first, second}
		v := newVariables(environ)
		for name, value := range v {
			if !strings.HasPrefix(name, variablePrefix) || !slices.Contains(environ, name+"="+value) && !(value == "" && slices.Contains(environ, name)) {
				t.Errorf("%q gives %q the value %q", environ, name, value)
			}
		}
		for _, entry := range environ {
			if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, variablePrefix) {
				if _, ok := v[name]; !ok {
					t.Errorf("%q is lost", name)
				}
			}
		}
	})
}

// FuzzCommandLine: a command line is taken or refused, never both, and a refusal
// names every mistake.
func FuzzCommandLine(f *testing.F) {
	for _, seed := range []string{"", "serve\n--nix", "user", "user\nadd\na\nb", "help\nuser", "--\nx", "-hx", "--listen", "user\n--\nadd", "--require-two-factor=maybe",
		"--data\n--nix\nx", "user\nlist\n--json=x", "--help\n--nix", "key\nuse\n-x\n-", "=\n--=\n-=", "version\n--version=false", strings.Repeat("\n", 100), strings.Repeat("-x\n", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\n")
		parse := func(args, environ []string) (string, error) {
			var out strings.Builder
			p := Process{Args: args, Environ: environ, Stdout: &out, Stderr: io.Discard}
			command, err := p.parse()
			if err != nil && (command != nil || ExitCode(err) != 2 || err.Error() == "") {
				t.Errorf("%q: %v and %v", args, command, err)
			}
			if err == nil && command == nil && out.Len() == 0 {
				t.Errorf("%q is taken and does nothing", args)
			}
			return out.String(), err
		}
		shown, err := parse(args, nil)
		if err != nil && shown != "" {
			t.Errorf("%q is refused after it printed %q", args, shown)
		}
		if shown != "" {
			return // help and version, whatever else is wrong
		}
		_, err = parse(args, []string{"IMAGEMASTER_NOPE=1", "IMAGEMASTER_REQUIRE_TWO_FACTOR=maybe"})
		if err == nil || !strings.Contains(err.Error(), "IMAGEMASTER_NOPE") {
			t.Errorf("%q with a misspelt variable: %v", args, err)
		}
	})
}
