package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
	"imagemaster/backend/totp"
)

const good = "green-ladder-sings-42"

// call is one use of the command line.
type call struct {
	args    []string
	environ []string
	stdin   string
}

type outcome struct {
	served         *config.Serve
	stdout, stderr string
	err            error
}

func (c call) run(t *testing.T) outcome {
	t.Helper()
	var o outcome
	var stdout, stderr bytes.Buffer
	o.err = Run(t.Context(), Process{
		Args: c.args, Environ: c.environ, Stdin: strings.NewReader(c.stdin), Stdout: &stdout, Stderr: &stderr,
		Now: time.Now, Version: "1.2.3", Build: "commit 0123",
		Serve: func(_ context.Context, s config.Serve) error { o.served = &s; return nil },
	})
	o.stdout, o.stderr = stdout.String(), stderr.String()
	return o
}

// fails checks exit code and message; nothing may have been printed.
func (c call) fails(t *testing.T, code int, want string) {
	t.Helper()
	o := c.run(t)
	if ExitCode(o.err) != code || o.err == nil || !strings.Contains(o.err.Error(), want) || o.served != nil || o.stdout != "" {
		t.Errorf("%q: got %v (code %d, printed %q), want code %d and %q", c.args, o.err, ExitCode(o.err), o.stdout, code, want)
	}
}

func (c call) succeeds(t *testing.T) outcome {
	t.Helper()
	o := c.run(t)
	if o.err != nil {
		t.Fatalf("%q: %v", c.args, o.err)
	}
	return o
}

// kit is one installation and its command line.
type kit struct {
	*testing.T
	options database.Options
	place   []string // options that name it
	keyFile string
	db      *database.DB
}

func newKit(t *testing.T, engine string) *kit {
	t.Helper()
	s := &kit{T: t, options: testdb.Options(t, engine)}
	if s.options.DSN == "" {
		s.place = []string{"--data", s.options.DataDir}
		s.keyFile = filepath.Join(s.options.DataDir, config.KeyFileName)
	} else {
		s.keyFile = filepath.Join(t.TempDir(), "key")
		s.place = []string{"--database", s.options.DSN, "--key-file", s.keyFile}
		call{args: []string{"key", "new", s.keyFile}}.succeeds(t)
	}
	s.cmd("user", "add", "anna").succeeds(t) // creates the database
	s.db = testdb.Open(t, s.options)
	return s
}

func eachKit(t *testing.T, test func(s *kit)) {
	t.Helper()
	testdb.EachEngine(t, func(t *testing.T, engine string) { test(newKit(t, engine)) })
}

func (s *kit) cmd(args ...string) call { return call{args: append(args, s.place...), stdin: good} }

func (s *kit) ring() *secretbox.Keyring {
	s.Helper()
	ring, err := secretbox.Load(s.keyFile)
	if err != nil {
		s.Fatal(err)
	}
	return ring
}

// enroll makes accounts with authenticator keys and returns their seeds by name.
func (s *kit) enroll(names ...string) map[string][]byte {
	s.Helper()
	seeds := map[string][]byte{}
	err := s.db.InTx(s.Context(), func(tx *database.Tx) error {
		for i, name := range names {
			a, err := account.ByFoldedName(s.Context(), tx, name)
			if errors.Is(err, account.ErrNotFound) {
				a, err = account.Create(s.Context(), tx, account.New{Username: name}, time.Now())
			}
			if err != nil {
				return err
			}
			seed := totp.NewSeed()
			seeds[name] = seed
			keyID := fmt.Appendf(nil, "%8.8s%08d", name, i)
			k := totp.Key{AccountID: a.ID, Label: name,
				Sealed: totp.Seal(s.ring(), a.ID, keyID, seed)}
			if err := tx.Create(&k).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return seeds
}

// opens checks that the ring opens every seed.
func (s *kit) opens(ring *secretbox.Keyring, seeds map[string][]byte) {
	s.Helper()
	for name, want := range seeds {
		a, err := account.ByFoldedName(s.Context(), s.db.Read(s.Context()), name)
		if err != nil {
			s.Fatal(err)
		}
		k, err := totp.Find(s.Context(), s.db.Read(s.Context()), a.ID)
		if err != nil {
			s.Fatal(err)
		}
		if got, err := k.Open(ring, a.ID); err != nil || !bytes.Equal(got, want) {
			s.Errorf("%s: %v", name, err)
		}
	}
}

func (s *kit) sealedBy(id string) int64 {
	s.Helper()
	n, err := totp.CountSealedBy(s.Context(), s.db.Read(s.Context()), id)
	if err != nil {
		s.Fatal(err)
	}
	return n
}

var keyIDs = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

// add adds a key and returns its id.
func (s *kit) add() string {
	s.Helper()
	return keyIDs.FindString(s.cmd("key", "add").succeeds(s.T).stdout)
}

func numbered(count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("user%04d", i)
	}
	return names
}

func (s *kit) write(text []byte) {
	s.Helper()
	if err := os.WriteFile(s.keyFile, text, 0o600); err != nil {
		s.Fatal(err)
	}
}
