package main

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

func TestMain(m *testing.M) {
	testserver.Main(func(ctx context.Context, stdin io.Reader, now func() time.Time) int {
		return run(ctx, testserver.Environ(), stdin, now)
	})
	testdb.Main(m)
}

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
