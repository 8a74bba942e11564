package database

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// FuzzDSN: no DSN can change the options that the product's safety depends on,
// also after the driver has formatted it. A refusal repeats no part of it.
func FuzzDSN(f *testing.F) {
	for _, seed := range []string{
		"user:secret@tcp(db:3306)/name?tls=true", "user@unix(/run/mysqld.sock)/name", "u:p@/name", "u:p@tcp(db)/",
		"u:p@tcp(db)/n?multiStatements=true&clientFoundRows=false&allowAllFiles=true&parseTime=true&interpolateParams=false",
		"u:p@tcp(db)/n?sql_mode=''&charset=latin1&collation=latin1_bin&innodb_lock_wait_timeout=1000",
		"u:p@tcp(db)/n?tls=skip-verify&allowCleartextPasswords=true&allowOldPasswords=true", "u:p@tcp(db)/n?timeout=-1s",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		cfg, err := mysqlConfig(dsn)
		if err != nil {
			if !errors.Is(err, errBadDSN) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		wantSafe(t, cfg)
		if again, err := mysql.ParseDSN(cfg.FormatDSN()); err == nil && again.DBName == cfg.DBName {
			wantSafe(t, again)
		}
	})
}

func wantSafe(t *testing.T, cfg *mysql.Config) {
	t.Helper()
	if cfg.DBName == "" || cfg.Net != "tcp" && cfg.Net != "unix" {
		t.Errorf("connects to %q by %q", cfg.DBName, cfg.Net)
	}
	if !cfg.ClientFoundRows || !cfg.InterpolateParams || cfg.MultiStatements || cfg.AllowAllFiles || cfg.ParseTime {
		t.Errorf("connects with %+v", cfg)
	}
	if mode := cfg.Params["sql_mode"]; !strings.Contains(mode, "STRICT_ALL_TABLES") || cfg.Params["innodb_lock_wait_timeout"] != "5" {
		t.Errorf("sets %v", cfg.Params)
	}
	if cfg.Collation != "utf8mb4_bin" || cfg.Timeout <= 0 {
		t.Errorf("collation %q, timeout %v", cfg.Collation, cfg.Timeout)
	}
}
