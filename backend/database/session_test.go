package database_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// whole is what the product relies on, tried on an empty database: the schema comes
// up, a change is there for every other connection once it is made, of several
// claims one wins, a lost conflict is run again, values are checked, and tables are
// of InnoDB.
func whole(t *testing.T, o database.Options) {
	t.Helper()
	here, there := testdb.Open(t, o), testdb.Open(t, o)
	for range 2 {
		if err := errors.Join(here.Migrate(t.Context()), there.Migrate(t.Context()), here.Ping(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	mustCreateAccount(t, here, "anna")
	mustCreateAccount(t, here, "otto 🔑")
	for n := range int64(3) { // a raised epoch ends sessions on all instances at once
		err := here.InTx(t.Context(), func(tx *database.Tx) error {
			raised := tx.Exec("UPDATE accounts SET epoch = epoch + 1")
			if raised.RowsAffected != 2 {
				t.Errorf("the epoch of %d accounts was raised, want 2", raised.RowsAffected)
			}
			return raised.Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if sum := count(t, there, "SELECT sum(epoch) FROM accounts"); sum != 2*(1+n+1) {
			t.Errorf("another connection sees epochs that sum up to %d, want %d", sum, 2*(1+n+1))
		}
	}
	for _, setting := range []string{"@@autocommit = 1", "@@completion_type = 'NO_CHAIN'", "@@tx_isolation = 'READ-COMMITTED'", "@@tx_read_only = 0",
		"@@max_statement_time = 0", "@@check_constraint_checks = 1", "@@unique_checks = 1", "@@foreign_key_checks = 1", "@@sql_safe_updates = 0",
		"@@time_zone = '+00:00'", "@@innodb_lock_wait_timeout = 5", "@@lock_wait_timeout = 60", "@@wait_timeout = 600", "@@sql_big_selects = 1",
		"@@character_set_client = 'utf8mb4'", "@@character_set_results = 'utf8mb4'", "@@collation_connection = 'utf8mb4_bin'",
		"@@sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"} {
		if count(t, there, "SELECT "+setting) != 1 {
			t.Errorf("a session does not have %s", setting)
		}
	}
	oneClaimWins(t, here, there)
	conflictIsRunAgain(t, here, there)
	if err := here.InTx(t.Context(), func(tx *database.Tx) error {
		return tx.Exec("UPDATE accounts SET username = ? WHERE username_folded = 'anna'", strings.Repeat("ü", 65)).Error
	}); err == nil {
		t.Error("65 letters fit into 64")
	}
	if err := here.InTx(t.Context(), func(tx *database.Tx) error {
		return tx.Exec("INSERT INTO notices (account_id, kind, at) VALUES (999, 'x', 0)").Error
	}); err == nil {
		t.Error("a notice of no account was stored")
	}
	if n := count(t, there, "SELECT count(*) FROM accounts WHERE username = ?", "otto 🔑"); n != 1 {
		t.Errorf("%d accounts have the name", n)
	}
	if n := count(t, here, "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'"); n != 0 {
		t.Errorf("%d tables are of another engine", n)
	}
}

func oneClaimWins(t *testing.T, dbs ...*database.DB) {
	t.Helper()
	var won atomic.Int32
	var all sync.WaitGroup
	for _, db := range dbs {
		for range 4 {
			all.Go(func() {
				err := db.InTx(t.Context(), func(tx *database.Tx) error {
					claim := tx.Exec("UPDATE setup SET completed_at = 1 WHERE completed_at = 0")
					if claim.Error == nil && claim.RowsAffected == 1 {
						database.AfterCommit(tx, func() { won.Add(1) })
					}
					return claim.Error
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if n := won.Load(); n != 1 {
		t.Errorf("%d claims have won", n)
	}
}

// conflictIsRunAgain lets two transactions lock two rows crosswise.
func conflictIsRunAgain(t *testing.T, one, other *database.DB) {
	t.Helper()
	before := count(t, one, "SELECT sum(epoch) FROM accounts")
	var runs atomic.Int32
	var bothHoldOne sync.WaitGroup
	bothHoldOne.Add(2)
	cross := func(db *database.DB, first, second string) error {
		tries := 0
		return db.InTx(t.Context(), func(tx *database.Tx) error {
			runs.Add(1)
			if tries++; tries > 1 {
				return errors.Join(add(tx, first), add(tx, second))
			}
			err := add(tx, first)
			bothHoldOne.Done()
			bothHoldOne.Wait()
			return errors.Join(err, add(tx, second))
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- cross(one, "anna", "otto 🔑") }()
	go func() { errs <- cross(other, "otto 🔑", "anna") }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Error(err)
	}
	if n := runs.Load(); n < 3 {
		t.Errorf("ran %d times: there was no conflict", n)
	}
	if n := count(t, one, "SELECT sum(epoch) FROM accounts") - before; n != 4 {
		t.Errorf("%d changes were made, want 4", n)
	}
}

// The product's sessions have what they need under every setting of the server.
func TestOddServerSettings(t *testing.T) {
	s := testdb.NewServer(t, "--log-bin", "--lower-case-table-names=1", "--innodb-force-primary-key=1", "--character-set-server=latin1",
		"--default-storage-engine=MyISAM", "--skip-character-set-client-handshake", "--default-time-zone=+05:30")
	for name, settings := range map[string][]string{
		"commits": {"autocommit = 0", "completion_type = 1", "tx_isolation = 'SERIALIZABLE'", "innodb_lock_wait_timeout = 1",
			"sql_mode = 'ORACLE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "default_storage_engine = 'Aria'", "binlog_format = 'ROW'"},
		"ends": {"completion_type = 2", "tx_read_only = 1", "tx_isolation = 'READ-UNCOMMITTED'", "sql_mode = ''", "wait_timeout = 1",
			"binlog_format = 'MIXED'", "max_allowed_packet = 4194304"},
		"limits": {"sql_safe_updates = 1", "sql_select_limit = 1", "max_join_size = 1", "max_statement_time = 0.001", "foreign_key_checks = 0",
			"unique_checks = 0", "check_constraint_checks = 0", "big_tables = 1", "lock_wait_timeout = 1", "tx_isolation = 'REPEATABLE-READ'"},
		"init_connect": {`init_connect = "SET autocommit = 0, sql_safe_updates = 1, completion_type = 2, tx_read_only = 1; SET NAMES latin1 COLLATE latin1_german1_ci; SET sql_select_limit = 0"`},
	} {
		t.Run(name, func(t *testing.T) {
			o := s.Options()
			var back []string
			for _, setting := range settings {
				variable, _, _ := strings.Cut(setting, " ")
				s.Exec("SET GLOBAL " + setting)
				back = append(back, "SET GLOBAL "+variable+" = DEFAULT")
			}
			t.Cleanup(func() { s.Exec(back...) })
			whole(t, o)
		})
	}
}

// A server that waits for its disk only now and then may forget that a code was used.
func TestInspectTellsWhatForgets(t *testing.T) {
	s := testdb.NewServer(t)
	db := testdb.Open(t, s.Options())
	for value, want := range map[string]bool{"0": true, "1": false, "2": true, "3": false} {
		s.Exec("SET GLOBAL innodb_flush_log_at_trx_commit = " + value)
		if found, err := db.Inspect(t.Context()); err != nil || found.Forgetful != want {
			t.Errorf("with %s: %+v, %v", value, found, err)
		}
	}
}

// A server with which the product cannot work is refused in one sentence that says
// what to change.
func TestServersThatAreRefused(t *testing.T) {
	s := testdb.NewServer(t, "--log-bin")
	for name, c := range map[string]struct{ set, back, want string }{
		"binlog_format":      {"SET GLOBAL binlog_format = 'STATEMENT'", "SET GLOBAL binlog_format = 'MIXED'", "set it to ROW or MIXED"},
		"max_allowed_packet": {"SET GLOBAL max_allowed_packet = 1048576", "SET GLOBAL max_allowed_packet = 16777216", "set it to at least 4M"},
		"read_only":          {"SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0", "refuses changes: The MariaDB server is running with the --read-only option"},
		"engine":             {"SET GLOBAL enforce_storage_engine = 'MyISAM'", "SET GLOBAL enforce_storage_engine = NULL", "has enforce_storage_engine=MyISAM"},
	} {
		t.Run(name, func(t *testing.T) {
			o := s.Options()
			s.Exec(c.set)
			t.Cleanup(func() { s.Exec(c.back) })
			checkSentence(t, start(t, o), c.want, testdb.Password)
			s.Exec(c.back)
			if err := start(t, o); err != nil {
				t.Errorf("with the setting corrected: %v", err)
			}
			s.Exec(c.set)
			checkSentence(t, start(t, o), c.want, testdb.Password) // although the tables are there
		})
	}
	t.Run("tables of another engine", func(t *testing.T) {
		o := s.Options()
		if err := start(t, o); err != nil {
			t.Fatal(err)
		}
		testdb.Exec(t, o, "ALTER TABLE mails ENGINE = MyISAM")
		checkSentence(t, start(t, o), "mails (MyISAM)", testdb.Password)
	})
	t.Run("rights", func(t *testing.T) {
		o := s.Options()
		name := o.DSN[strings.LastIndex(o.DSN, "/")+1:]
		name, _, _ = strings.Cut(name, "?")
		s.Exec("CREATE USER reader@localhost IDENTIFIED BY '"+testdb.Password+"'", "GRANT SELECT ON "+name+".* TO reader@localhost")
		o.DSN = strings.Replace(o.DSN, "imagemaster:", "reader:", 1)
		checkSentence(t, start(t, o), "grant it ALL on this database", testdb.Password)
	})
}

func TestOldServersAreRefused(t *testing.T) {
	for _, version := range []string{"5.7.44", "10.4.34-MariaDB"} {
		t.Run(version, func(t *testing.T) {
			s := testdb.NewServer(t, "--version="+version)
			checkSentence(t, start(t, s.Options()), "use MariaDB 10.5 or MySQL 8.0.16, or a newer one", testdb.Password)
		})
	}
}

// start opens a database and brings it up to date, as every start does.
func start(t *testing.T, o database.Options) error {
	t.Helper()
	db, err := database.Open(t.Context(), o)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.Migrate(t.Context())
}

// No way of writing a DSN sets a variable of the session.
func TestADSNSetsNoVariable(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	join := "?"
	if strings.Contains(filepath.Base(o.DSN), "?") {
		join = "&"
	}
	o.DSN += join + "autocommit=0&AUTOCOMMIT=0&completion_type=2&sql_safe_updates=1&foreign_key_checks=0&tx_read_only=1&default_storage_engine=MyISAM&unique_checks=0&sql_select_limit=1"
	whole(t, o)
}
