package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"gorm.io/gorm"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// Some tests need other processes. The test binary then starts itself with one
// of these jobs.
const (
	jobVariable = "IMAGEMASTER_TEST_JOB"
	jobMigrate  = "migrate"
	jobClaim    = "claim"
	jobFail     = "fail"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(jobVariable); job != "" {
		if err := runJob(context.Background(), job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testdb.Main(m)
}

func runJob(ctx context.Context, job string) error {
	db, err := database.Open(ctx, database.Options{DataDir: os.Getenv("TEST_DATA"), DSN: os.Getenv("TEST_DSN")})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	switch job {
	case jobMigrate:
		return errors.Join(db.Migrate(ctx), db.Ping(ctx))
	case jobClaim:
		return claimAll(ctx, db)
	case jobFail:
		return failWithSecret(ctx, db)
	}
	return fmt.Errorf("no job %q", job)
}

// startJob starts this test binary with a job on the database. The process ends
// with the test at the latest.
func startJob(t *testing.T, job string, o database.Options) (wait func() (string, error)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jobVariable+"="+job, "TEST_DATA="+o.DataDir, "TEST_DSN="+o.DSN)
	type result struct {
		out []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		done <- result{out, err}
	}()
	return func() (string, error) {
		r := <-done
		return string(r.out), r.err
	}
}

// createAccount inserts an account with the columns that have no default.
func createAccount(ctx context.Context, db *database.DB, name string) error {
	return db.InTx(ctx, func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO accounts (username, username_folded, display_name, password_hash, admin, must_change_password, created_at)
			VALUES (?, ?, '', '', ?, ?, 0)`, name, name, false, false).Error
	})
}

func mustCreateAccount(t *testing.T, db *database.DB, name string) {
	t.Helper()
	if err := createAccount(t.Context(), db, name); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := db.Read(t.Context()).Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
