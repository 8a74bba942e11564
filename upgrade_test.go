package main

import (
	"runtime"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

// The program tells the version of package.json, and what it was made with.
func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		out := testserver.Command(t, arg).Succeeds("")
		if !strings.HasPrefix(out, "imagemaster "+version()+" (") || !strings.HasSuffix(out, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+")\n") {
			t.Errorf("%s prints %q", arg, out)
		}
	}
}

// The linker's commit is told. Without it Go's own is, or none.
func TestCommitOfTheLinker(t *testing.T) {
	before := commit
	t.Cleanup(func() { commit = before })
	commit = "0123abc with changes"
	if got := build(); !strings.HasPrefix(got, "commit 0123abc with changes, go1.") {
		t.Errorf("made of %q", got)
	}
}

// While a newer program has changed the tables, an instance of the older one goes on,
// so that instances can be replaced one after the other. It does not start again.
func TestNewerSchema(t *testing.T) {
	data := dataFolder(t)
	s := testserver.New(t, "--data", data).Start()
	s.SetUp()
	testdb.Exec(t, database.Options{DataDir: data}, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	s.SignIn()
	s.Stop()
	testserver.New(t, "--data", data).Refuses(1, "the database was made by a newer version of this program (schema 99999, this program knows 1")
}
