package auth_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// files returns the bytes of the embedded database: a backup as the manual has
// it made, and the files as they lie there.
func files(t *testing.T, o database.Options) []byte {
	t.Helper()
	backup := filepath.Join(t.TempDir(), "backup.db")
	testdb.Exec(t, o, "VACUUM INTO '"+backup+"'")
	live, err := filepath.Glob(filepath.Join(o.DataDir, database.FileName) + "*")
	if err != nil || len(live) < 2 {
		t.Fatalf("files are %v, %v", live, err)
	}
	var all []byte
	for _, path := range append(live, backup) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) < 4096 && strings.HasSuffix(path, ".db") {
			t.Fatalf("%s has %d bytes", path, len(content))
		}
		all = append(all, content...)
	}
	return all
}

// wholeLife does everything that has a secret in it, and leaves everything that
// can be left lying about: a set-up link, a pending sign-in, a set-up going on,
// replaced and used codes, a link to choose a password.
func wholeLife(h *kit) *secrets {
	h.Helper()
	s := newSecrets()
	s.addRing(h.T, h.ringPath)
	link, err := h.NewSetupToken(h.ctx)
	h.must(err)
	s.addToken("set-up token", link)
	h.addUser("anna")
	for _, typed := range []string{"first password of the operator", goodPassword, newPassword, "a wrong password, canary"} {
		s.addPassword(typed)
	}

	b := h.browser()
	_, err = b.trySignIn("a wrong password, canary", goodPassword) // typed into the wrong field
	h.refused(err, apperr.CredentialsWrong)
	_, err = b.trySignIn("anna", "a wrong password, canary")
	h.refused(err, apperr.CredentialsWrong)
	b.signIn("anna", goodPassword)
	s.addTokens(b.tokens)
	p := s.enroll(b)
	s.addTokens(b.tokens)
	for range 2 {
		for _, code := range b.generate().Codes {
			s.addBackupCode(code)
		}
	}
	h.must(b.changePassword(goodPassword, newPassword))
	s.addTokens(b.tokens)
	b.signOut()

	b.signIn("anna", newPassword)
	s.addTokens(b.tokens)
	wrong, right := p.wrong(), p.code(0)
	s.addCode(wrong)
	s.addCode(right)
	h.refused(b.verify(wrong), apperr.CodeWrong)
	h.must(b.verify(right))
	h.refused(second(h.CheckBackupCode(h.ctx, b.caller(), "nonsense")), apperr.Invalid)
	s.enroll(b) // a move
	for _, code := range b.generate().Codes {
		s.addBackupCode(code)
	}
	e, err := h.BeginEnrollment(h.ctx, b.caller()) // one that stays pending
	h.must(err)
	s.addKey(e)

	other := h.browser()
	other.signIn("anna", newPassword)
	s.addTokens(other.tokens)
	s.addTokens(b.tokens)
	s.addToken("token of a link", h.invite("ida"))
	return s
}

// enroll binds a key in a browser and notes what must stay unknown.
func (s *secrets) enroll(b *browser) *phone {
	b.Helper()
	e, err := b.BeginEnrollment(b.ctx, b.caller())
	b.must(err)
	s.addKey(e)
	p := &phone{kit: b.kit, secret: e.Secret}
	code := p.code(0)
	s.addCode(code)
	b.must(b.confirm(code))
	b.clock.move(time.Minute)
	return p
}

// A copy of the database alone yields no seed, code, session, token, password
// or key, in no encoding (H8).
func TestDumpYieldsNothing(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		s := wholeLife(h)
		s.check(t, db, o)
		h.useKey(h.ringPath, h.addKey(h.ringPath))
		h.reseal(h.load(h.ringPath))
		s.addRing(t, h.ringPath)
		s.check(t, db, o)
		s.proves(t, db, o)
	})
}

// The queue of mails holds no code that confirms an address.
func TestDumpYieldsNoAddressCode(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db, withMail)
		b := signedInAnna(h)
		mails := len(server.Mails())
		h.must(b.setAddress("anna@example.org"))
		h.post(server)
		s := newSecrets()
		code := codeIn(t, server.WaitMails(mails + 1)[mails])
		s.addBackupCode(code + "-0000") // the same forms
		s.add("code", code)
		s.add("code, bare", strings.ReplaceAll(code, "-", ""))
		s.check(t, db, o)
		s.proves(t, db, o)
	})
}
