package cli

import (
	"os"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestDoctorTellsOfHousekeeping(t *testing.T) {
	eachKit(t, func(s *kit) {
		s.enroll(numbered(12)...)
		found := s.isWell()
		if want := "ok: has not run yet; a server deletes events after 400 days, sent mails after 30, counts of wrong passwords after "; !strings.HasPrefix(found["housekeeping"], want) {
			t.Errorf("%q, want %q", found["housekeeping"], want)
		}
		for _, want := range []string{"accounts 13 (", "totp_keys 12 (", "sessions 0 ("} {
			if !strings.Contains(found["tables"], want) {
				t.Errorf("tables: %q lacks %q", found["tables"], want)
			}
		}
		if strings.Contains(found["tables"], "goose") || strings.Contains(found["tables"], "sqlite_") {
			t.Errorf("tables: %q names tables of the engine", found["tables"])
		}
		at := time.Now().Add(-time.Hour).Truncate(time.Second)
		err := s.db.InTx(t.Context(), func(tx *database.Tx) error {
			_, err := audit.LookAtClock(t.Context(), tx, at)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.isWell()["housekeeping"], "ok: ran at "+at.UTC().Format(time.RFC3339); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// A missing key file is not replaced where the database needs its key, with a
// database server as with the embedded one.
func TestAMissingKeyFileNamesTheKey(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		s := newKit(t, engine)
		id := s.ring().CurrentID()
		if err := os.Remove(s.keyFile); err != nil {
			t.Fatal(err)
		}
		s.cmd("user", "list").fails(t, 1, "imagemaster key lost "+id)
	})
}
