package database_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestMigrationFilesOfBothEnginesHaveTheSameNames(t *testing.T) {
	names := func(engine string) []string {
		files, err := filepath.Glob("migrations/" + engine + "/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", engine, files, err)
		}
		for i := range files {
			files[i] = filepath.Base(files[i])
		}
		return files
	}
	if lite, my := names("sqlite"), names("mysql"); !slices.Equal(lite, my) {
		t.Errorf("sqlite has %v\nmysql has %v", lite, my)
	}
}

// A statement that changes a table ends the transaction on MySQL, so two of
// them in one file could be left half done.
func TestMySQLMigrationsHoldOneRepeatableStatement(t *testing.T) {
	files, err := filepath.Glob("migrations/mysql/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), ";\n"); n != 1 {
			t.Errorf("%s holds %d statements", file, n)
		}
		if strings.Contains(string(text), "CREATE TABLE ") && !strings.Contains(string(text), "CREATE TABLE IF NOT EXISTS ") {
			t.Errorf("%s cannot be repeated", file)
		}
	}
}

// columns lists table.column of everything but goose's own bookkeeping.
func columns(t *testing.T, db *database.DB) []string {
	t.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`
	if db.Engine() == database.MySQL {
		query = `SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns
			WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version'`
	}
	return readAll(t, db, query)
}

// indexed lists the columns of each index as table(column,column), unique ones
// with a mark.
func indexed(t *testing.T, db *database.DB) []string {
	t.Helper()
	query := `SELECT m.name || '(' || (SELECT group_concat(c.name, ',') FROM pragma_index_info(i.name) c) || ')' || CASE i."unique" WHEN 1 THEN '!' ELSE '' END
		FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name <> 'goose_db_version' AND i.origin <> 'pk'`
	if db.Engine() == database.MySQL {
		query = `SELECT CONCAT(table_name, '(', GROUP_CONCAT(column_name ORDER BY seq_in_index), ')', IF(MAX(non_unique) = 0, '!', ''))
			FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version' AND index_name <> 'PRIMARY'
			GROUP BY table_name, index_name`
	}
	return readAll(t, db, query)
}

func readAll(t *testing.T, db *database.DB, query string) []string {
	t.Helper()
	var rows []string
	if err := db.Read(t.Context()).Raw(query).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

func TestBothEnginesHaveTheSameTables(t *testing.T) {
	mine, theirs := testdb.New(t, testdb.SQLite), testdb.New(t, testdb.MariaDB)
	for name, list := range map[string]func(*testing.T, *database.DB) []string{"columns": columns, "indexes": indexed} {
		lite, my := list(t, mine), list(t, theirs)
		if len(lite) < 10 {
			t.Fatalf("%s: only found %v", name, lite)
		}
		for _, x := range lite {
			if !slices.Contains(my, x) {
				t.Errorf("%s: %s is in SQLite only", name, x)
			}
		}
		for _, x := range my {
			if !slices.Contains(lite, x) {
				t.Errorf("%s: %s is in MySQL only", name, x)
			}
		}
	}
}

// Text is compared byte by byte. The server's default does not change that.
func TestTextColumnsCompareBytes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		mustCreateAccount(t, db, "Anna")
		mustCreateAccount(t, db, "ännä")
		mustCreateAccount(t, db, "🔑")
		for name, want := range map[string]int64{"anna": 1, "ANNA": 0, "annä": 0, "🔑": 1, "🔒": 0} {
			if n := count(t, db, "SELECT count(*) FROM accounts WHERE username_folded = ?", name); n != want {
				t.Errorf("%q matches %d accounts, want %d", name, n, want)
			}
		}
	})
}

func TestManyProcessesMigrateAnEmptyDatabase(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		var waits []func() (string, error)
		for range 5 {
			waits = append(waits, startJob(t, jobMigrate, o))
		}
		for _, wait := range waits {
			if out, err := wait(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
		checkMigrated(t, testdb.Open(t, o))
	})
}

func TestManyHandlesMigrateAnEmptyDatabase(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		for range 3 {
			o := testdb.Options(t, engine)
			errs := make(chan error)
			for range 5 {
				go func() {
					db, err := database.Open(t.Context(), o)
					if err == nil {
						err = db.Migrate(t.Context())
						_ = db.Close()
					}
					errs <- err
				}()
			}
			for range 5 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			checkMigrated(t, testdb.Open(t, o))
		}
	})
}

func checkMigrated(t *testing.T, db *database.DB) {
	t.Helper()
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if n := count(t, db, "SELECT count(*) FROM setup WHERE completed_at = 0"); n != 1 {
		t.Errorf("setup holds %d rows, want 1", n)
	}
	if n := count(t, db, "SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version"); n != 0 {
		t.Errorf("%d migrations were recorded twice", n)
	}
}

func TestMigrateKeepsData(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		mustCreateAccount(t, db, "anna")
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT count(*) FROM accounts"); n != 1 {
			t.Errorf("%d accounts after the second migration, want 1", n)
		}
		checkMigrated(t, db)
	})
}

func TestPingWantsTheSchema(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Ping(t.Context()); err == nil {
			t.Error("an empty database is reported as ready")
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		testdb.Exec(t, o, "DELETE FROM goose_db_version WHERE version_id > 105")
		if err := db.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "schema version is 105,") {
			t.Errorf("an old schema is reported as %v", err)
		}
	})
}

func TestPingAfterClose(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db, err := database.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(t.Context()); err == nil {
			t.Error("a closed database answers")
		}
	})
}

func TestNewerSchemaIsRefusedAtStartOnly(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		testdb.Exec(t, o, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		if err := db.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("a newer schema gives %v", err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("a running instance is no longer ready: %v", err)
		}
	})
}

// A database from before the baseline is refused by a clear sentence, and nothing
// in it is changed.
func TestADatabaseFromBeforeTheBaselineIsRefused(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		for _, version := range []int64{1, 30, 99} {
			o := testdb.Options(t, engine)
			db := testdb.Open(t, o)
			testdb.Exec(t, o,
				"CREATE TABLE goose_db_version (id INTEGER NOT NULL PRIMARY KEY, version_id BIGINT NOT NULL, is_applied INTEGER NOT NULL)",
				fmt.Sprintf("INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, 1), (2, %d, 1)", version),
				"CREATE TABLE accounts (id INTEGER NOT NULL PRIMARY KEY, username TEXT)",
				"INSERT INTO accounts (id, username) VALUES (7, 'anna')")
			err := db.Migrate(t.Context())
			const want = "the database was made by a version of this program from before its present baseline and cannot be upgraded: " +
				"start with a new data folder or a new database"
			if !errors.Is(err, database.ErrBeforeBaseline) || err.Error() != want {
				t.Errorf("version %d gives %v", version, err)
			}
			if got := allRows(t, db); !slices.Equal(got, []string{`accounts.id "7"`, `accounts.username "anna"`}) {
				t.Errorf("version %d: the database holds %v", version, got)
			}
			if n := count(t, db, "SELECT count(*) FROM goose_db_version"); n != 2 {
				t.Errorf("version %d: %d migrations are recorded, want 2", version, n)
			}
			if found, err := db.Inspect(t.Context()); err != nil || !found.BeforeBaseline || found.Schema != version {
				t.Errorf("version %d: inspected %+v, %v", version, found, err)
			}
		}
	})
}

// A process may die after MySQL has created a table and before goose has
// recorded the migration.
func TestInterruptedMySQLMigrationGoesOn(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, o, "DELETE FROM goose_db_version WHERE version_id > 100", "DELETE FROM setup", "DELETE FROM administrators_guard", "DELETE FROM applications_guard")
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkMigrated(t, db)
}
