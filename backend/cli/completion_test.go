package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// complete runs what a shell offers after the words, of which the last is being
// typed.
func complete(t *testing.T, shell, script string, words ...string) []string {
	t.Helper()
	program, err := exec.LookPath(shell)
	if err != nil {
		t.Skip(shell + " is not installed")
	}
	file := filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	var args []string
	switch shell {
	case "bash":
		args = []string{"--norc", "-c", `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _imagemaster; echo "${COMPREPLY[@]}"`, file}
	case "zsh": // which completes only at a terminal, so these two print what they are given
		args = []string{"-f", "-c", `compadd() { shift; print -r -- $@ }; _files() { }; f=$0; words=("$@"); CURRENT=$#; . $f`, file}
	case "fish":
		args = []string{"--no-config", "-c", `source $argv[1]; complete -C (string join " " -- $argv[2..])`, file}
	}
	out, err := exec.Command(program, append(args, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", shell, err, out)
	}
	var offered []string
	for line := range strings.Lines(string(out)) {
		word, _, _ := strings.Cut(line, "\t") // fish adds the help
		offered = append(offered, strings.Fields(word)...)
	}
	return offered
}

// Each shell offers the commands and options that fit, and after an option that
// takes a value none of them.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			script := call{args: []string{"manual", shell}}.succeeds(t).stdout
			for _, c := range []struct {
				words      []string
				has, lacks []string
			}{
				{[]string{""}, []string{"serve", "user", "restore", "doctor"}, []string{"manual", "add"}},
				{[]string{"--"}, []string{"--listen", "--help"}, []string{"--keep-password", "--admin"}},
				{[]string{"user", ""}, []string{"add", "reset-two-factor"}, []string{"serve", "export"}},
				{[]string{"user", "--data", "x", ""}, []string{"add"}, []string{"serve"}},
				{[]string{"--data", "user", "key", ""}, []string{"add", "reseal"}, []string{"serve"}},
				{[]string{"user", "add", "--"}, []string{"--admin", "--data"}, []string{"--keep-password", "--listen", "list"}},
				{[]string{"user", "reset-two-factor", "anna", "--k"}, []string{"--keep-password", "--key-file"}, []string{"--admin"}},
				{[]string{"user", "invite", "jonas", "--"}, []string{"--group", "--public-url", "--mail"}, []string{"--even-last", "--listen"}},
				{[]string{"user", "list", "--group", ""}, nil, []string{"--json", "add", "join"}},
				{[]string{"group", ""}, []string{"add", "join", "leave"}, []string{"invite", "serve"}},
				{[]string{"group", "change", "staff", "--"}, []string{"--name", "--description"}, []string{"--json", "--mail"}},
				{[]string{"app", ""}, []string{"list", "show", "export", "apply"}, []string{"join", "serve"}},
				{[]string{"app", "apply", "--"}, []string{"--yes", "--public-url"}, []string{"--json"}},
				{[]string{"gate", "check", "--"}, []string{"--cookie-file", "--as-application", "--insecure"}, []string{"--data", "--yes"}},
				{[]string{"restore", "--"}, []string{"--check"}, []string{"--json"}},
				{[]string{"user", "list", "--data", ""}, nil, []string{"--json", "add"}},
			} {
				offered := complete(t, shell, script, append([]string{"imagemaster"}, c.words...)...)
				if shell == "bash" { // the others leave choosing to the shell
					last := c.words[len(c.words)-1]
					if slices.ContainsFunc(offered, func(word string) bool { return !strings.HasPrefix(word, last) }) {
						t.Errorf("%q: %q", c.words, offered)
					}
				}
				for _, word := range c.has {
					if !slices.Contains(offered, word) {
						t.Errorf("%q lacks %s: %q", c.words, word, offered)
					}
				}
				for _, word := range c.lacks {
					if slices.Contains(offered, word) {
						t.Errorf("%q offers %s", c.words, word)
					}
				}
			}
		})
	}
}

// The man page names every command and every option that the help shows, and its
// marks are right.
func TestManPage(t *testing.T) {
	page := call{args: []string{"manual", "man"}}.succeeds(t).stdout
	for _, want := range []string{"user reset\\-two\\-factor", "restore", "doctor", "\\-\\-public\\-url", "IMAGEMASTER_KEY_FILE", "\\-\\-keep\\-password", "user password\\-link <name>", "group join <group> <user> ...",
		"How long the link works, 1 to 720. Default: 168.", "Only accounts with words of the names", "\"imagemaster 1.2.3\""} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(page, "manual") {
		t.Error("the hidden command is shown")
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed")
	}
	format := exec.Command(groff, "-K", "utf8", "-man", "-Tutf8", "-ww", "-z")
	format.Stdin = strings.NewReader(page)
	if out, err := format.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
