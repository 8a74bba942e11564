// Command imagemaster is a self-hosted sign-in with a second factor: the web
// interface, the API and the operator's commands in one binary.
package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"imagemaster/backend/cli"
	"imagemaster/backend/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Environ(), os.Stdin, time.Now))
}

// run carries out the command line and returns the exit code.
func run(ctx context.Context, environ []string, stdin io.Reader, now func() time.Time) (code int) {
	return server.Main(ctx, cli.Process{Args: os.Args[1:], Environ: environ, Stdin: stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: now, Version: version(), Build: build()}, server.Files{Web: folder(frontend, "frontend/dist"), Examples: folder(examples, "docs/examples")})
}

// folder returns a folder of embedded files.
func folder(files fs.FS, path string) fs.FS {
	sub, err := fs.Sub(files, path)
	if err != nil {
		panic(err) // the path is no valid one
	}
	return sub
}
