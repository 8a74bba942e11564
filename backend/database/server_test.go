package database_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

func TestBadDSN(t *testing.T) {
	const secret = "hunter2-in-the-DSN"
	for _, dsn := range []string{
		"nonsense",
		secret,
		"user:" + secret + "/name", // no @: the driver takes the password for a network
		"user:" + secret + "@tcp(localhost:3306)",      // no name
		"user:" + secret + "@tcp(localhost:3306)/",     // empty name
		"user:" + secret + "@tcp(localhost:3306/name",  // parenthesis
		"user:" + secret + "@udp(localhost:3306)/name", // network
		"user:" + secret + "@tcp(localhost:3306)/name?tls=" + secret,
		"user:" + secret + "@tcp(localhost:3306)/name?timeout=" + secret,
		"mysql://user:" + secret + "@localhost:3306/name",
	} {
		db, err := database.Open(t.Context(), database.Options{DSN: dsn})
		if err == nil {
			_ = db.Close()
			t.Errorf("%q was accepted", dsn)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the password is in %q", err)
		}
		if !strings.Contains(err.Error(), "USER:PASSWORD@tcp(HOST:3306)/NAME") {
			t.Errorf("%q does not say how to write it", err)
		}
	}
}

func TestUnreachableServer(t *testing.T) {
	const dsn = "user:hunter2-in-the-DSN@unix(/nowhere/socket)/name"
	_, err := database.Open(t.Context(), database.Options{DSN: dsn})
	checkSentence(t, err, "cannot reach the database server at /nowhere/socket", "hunter2-in-the-DSN")
}

func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = database.Open(ctx, database.Options{DSN: "user:hunter2-in-the-DSN@tcp(" + listener.Addr().String() + ")/name"})
	checkSentence(t, err, "does not answer", "hunter2-in-the-DSN")
}

func TestServerRefuses(t *testing.T) {
	good := testdb.Options(t, testdb.MariaDB).DSN
	for name, c := range map[string]struct{ dsn, want string }{
		"password": {strings.Replace(good, testdb.Password, "wrong-"+testdb.Password, 1), "does not accept user \"imagemaster\" with this password"},
		"user":     {strings.Replace(good, "imagemaster:", "nobody:", 1), "does not accept user \"nobody\""},
		"name":     {strings.Replace(good, "/t_", "/t_missing_", 1), "create it first"},
		"rights":   {strings.Replace(good, "/t_", "/mysql_", 1), "does not let user \"imagemaster\" use the database"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := database.Open(t.Context(), database.Options{DSN: c.dsn})
			checkSentence(t, err, c.want, testdb.Password)
		})
	}
}

func checkSentence(t *testing.T, err error, want, secret string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, secret) || strings.Contains(text, "\n") {
		t.Errorf("got %q, want one line with %q and without the password", text, want)
	}
}

// A DSN cannot change these settings.
func TestForcedMySQLSettings(t *testing.T) {
	o := testdb.Options(t, testdb.MariaDB)
	join := "?"
	if strings.Contains(o.DSN, "?") {
		join = "&"
	}
	o.DSN += join + "clientFoundRows=false&interpolateParams=false&parseTime=true&multiStatements=true&charset=latin1&sql_mode=%27%27&innodb_lock_wait_timeout=50"
	db := testdb.Open(t, o)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCreateAccount(t, db, "🔑")
	checkWritesAreStrict(t, db)
	checkRowsFound(t, db)
	var setting struct {
		Charset string
		Mode    string
		Wait    int
	}
	err := db.Read(t.Context()).Raw("SELECT @@character_set_client AS charset, @@sql_mode AS mode, @@innodb_lock_wait_timeout AS wait").Scan(&setting).Error
	if err != nil || setting.Charset != "utf8mb4" || !strings.Contains(setting.Mode, "STRICT_ALL_TABLES") || setting.Wait != 5 {
		t.Errorf("settings are %+v, %v", setting, err)
	}
	if err := db.Read(t.Context()).Exec("SELECT 1; SELECT 2").Error; err == nil {
		t.Error("two statements in one text are accepted")
	}
}
