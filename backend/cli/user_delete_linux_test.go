package cli

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
)

// At a terminal the name is asked for, and only the right one deletes the account.
func TestDeleteAsksForTheName(t *testing.T) {
	s := newKit(t, testdb.SQLite)
	s.cmd("user", "add", "berta").succeeds(t)
	begin := func(ctx context.Context) (answer func(string), ended chan error) {
		person, program := openTerminal(t)
		shown := &prompts{seen: make(chan string, 1)}
		ended = make(chan error, 1)
		go func() {
			ended <- Run(ctx, Process{Args: s.cmd("user", "delete", "berta").args, Stdin: program, Stdout: io.Discard, Stderr: shown, Now: time.Now})
		}()
		if got := <-shown.seen; got != "This cannot be undone. Type berta again to delete the account: " {
			t.Errorf("it asks %q", got)
		}
		return func(text string) {
			if _, err := person.WriteString(text); err != nil {
				t.Fatal(err)
			}
		}, ended
	}
	const endOfInput = "\x04"
	for _, typed := range []string{"\n", "bert\n", "anna\n", "berta berta\n", "yes\n", endOfInput} {
		answer, ended := begin(t.Context())
		answer(typed)
		if err := <-ended; err == nil || err.Error() != "That is not the user name of the account." || ExitCode(err) != 1 {
			t.Errorf("%q ends with %v", typed, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	_, ended := begin(ctx)
	stop()
	if err := <-ended; err == nil || err.Error() != "stopped: nothing was changed" {
		t.Errorf("a signal ends it with %v", err)
	}
	if got := strings.Join(s.listed(), " "); got != "anna berta" {
		t.Errorf("there are %s", got)
	}
	answer, ended := begin(t.Context())
	answer(" Berta \n")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(s.listed(), " "); got != "anna" {
		t.Errorf("there are %s", got)
	}
}
