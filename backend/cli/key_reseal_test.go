package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
)

func TestResealFailsForDamagedSeeds(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll("anna", "bert")
		s.cmd("key", "use", s.add()).succeeds(s.T)
		testdb.Exec(s.T, s.options, "UPDATE totp_keys SET sealed_seed = x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627' WHERE label = 'bert'")
		o := s.cmd("key", "reseal").run(s.T)
		if ExitCode(o.err) != 1 || !strings.Contains(o.err.Error(), "doctor") || !strings.Contains(o.stdout, "the keys of bert.") || !strings.Contains(o.stdout, "Resealed 1.") {
			s.Errorf("%v\n%s", o.err, o.stdout)
		}
	})
}

// A reseal that is told to stop says how far it has come. One that is killed
// between two batches leaves every seed readable, and the next one continues.
func TestResealStopsAndGoesOn(t *testing.T) {
	eachKit(t, func(s *kit) {
		seeds := s.enroll(numbered(350)...)
		old := s.ring().CurrentID()
		s.cmd("key", "use", s.add()).succeeds(s.T)

		ctx, stop := context.WithCancel(s.Context())
		told := &firstLine{told: stop}
		err := Run(ctx, Process{Args: append([]string{"key", "reseal"}, s.place...), Stdout: told, Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), "stopped after 100 of 350") {
			s.Errorf("%v", err)
		}
		if left := s.sealedBy(old); left != 250 {
			s.Errorf("%d are left to the old key, want 250", left)
		}
		s.opens(s.ring(), seeds)

		s.killReseal()
		if left := s.sealedBy(old); left != 150 {
			s.Errorf("%d are left to the old key, want 150", left)
		}
		s.opens(s.ring(), seeds)

		s.cmd("key", "reseal").succeeds(s.T)
		s.cmd("key", "retire", old).succeeds(s.T)
		s.opens(s.ring(), seeds)
	})
}

// Two reseals with different keys would undo each other's work without end.
func TestResealStopsWhenAnotherKeyIsFirst(t *testing.T) {
	eachKit(t, func(s *kit) {
		seeds := s.enroll(numbered(250)...)
		second := s.add()
		s.cmd("key", "use", second).succeeds(s.T)
		third := s.add()
		used := false
		told := &firstLine{told: func() {
			if !used {
				used = true
				s.cmd("key", "use", third).succeeds(s.T)
			}
		}}
		err := Run(s.Context(), Process{Args: append([]string{"key", "reseal"}, s.place...), Stdout: told, Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), "the key "+third+" is first in "+s.keyFile+" now: run the command again") {
			s.Errorf("%v", err)
		}
		s.opens(s.ring(), seeds)
		s.cmd("key", "reseal").succeeds(s.T)
		if n := s.sealedBy(third); n != 250 {
			s.Errorf("the third key seals %d, want 250", n)
		}
		s.opens(s.ring(), seeds)
	})
}

// firstLine calls a function whenever something is printed.
type firstLine struct{ told func() }

func (f *firstLine) Write(p []byte) (int, error) {
	f.told()
	return len(p), nil
}

const commandVariable = "IMAGEMASTER_TEST_STALLING_COMMAND"

// killReseal runs the command in a process that stops at its first output, after
// the first batch, and kills it there.
func (s *kit) killReseal() {
	s.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"key", "reseal"}, s.place...)...)
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "Resealed 100 of ") {
		s.Errorf("printed %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		s.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		s.Error("the command had ended before it was killed")
	}
}

// stalling prints one line and then blocks for good.
type stalling struct{ printed bool }

func (s *stalling) Write(p []byte) (int, error) {
	if s.printed {
		select {}
	}
	s.printed = true
	n, err := os.Stdout.Write(p)
	if err != nil {
		return n, err
	}
	select {}
}

func runStalling() int {
	keepAlive := time.NewTimer(time.Hour) // or the runtime calls it a deadlock
	defer keepAlive.Stop()
	err := Run(context.Background(), Process{Args: os.Args[1:], Stdout: &stalling{}, Stderr: os.Stderr, Now: time.Now})
	fmt.Fprintln(os.Stderr, err)
	return ExitCode(err)
}
