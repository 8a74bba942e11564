// Package cli is the command line: its grammar, and the operator's commands.
// Process.Serve starts the server, which package server puts together.
//
// The commands work directly on the database, beside running servers. The file
// system decides who may use them: the data folder and the key file belong to
// one user, and a command refuses to run as another, even as root, because the
// server could not open files that it creates there. Every recovery goes through
// package auth, which ends the account's sessions, records an audit event and
// notifies the person.
//
// A password is typed without echo or read from standard input, never taken from
// an argument, which other users of the machine could see. No message repeats a
// password, a key or the database DSN (ASVS 16.2.5).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"imagemaster/backend/apperr"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
)

// Process is the part of its process that a command uses.
type Process struct {
	Args           []string // without the program's name
	Environ        []string // NAME=value
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Version, Build string // 1.2.3, and what it was made of
	Serve          func(ctx context.Context, c config.Serve) error
}

// usageError is a mistake on the command line or in the options.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// ExitCode is the exit code for what Run returned: 0, 1, or 2 for usage.
func ExitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return 2
	}
	return 1
}

// grammar is the whole command line. Without a command the server runs.
type grammar struct {
	Version kong.VersionFlag `once:"" help:"Print the version."`
	About   versionCommand   `cmd:"" name:"version" help:"Print the version, the commit it was made of, and the version of Go."`
	Manual  manualCommand    `cmd:"" hidden:"" help:"Write the man page or the completion."`
	Serve   serveCommand     `cmd:"" default:"withargs" help:"Run the server (the default)."`
	User    userCommands     `cmd:"" help:"List, add and change accounts."`
	Group   groupCommands    `cmd:"" help:"List, add and change groups of people."`
	Policy  policyCommands   `cmd:"" help:"Who has to have a second factor, from when, and who is excepted."`
	App     appCommands      `cmd:"" help:"List, show, export and apply the applications behind the sign-in."`
	Gate    gateCommands     `cmd:"" help:"Check the reverse proxy before an application."`
	Key     keyCommands      `cmd:"" help:"Keys that seal secrets in the database."`
	Audit   auditCommands    `cmd:"" help:"Audit log of security events."`
	Report  reportCommand    `cmd:"" help:"Print a report for auditors: whom the second factor covers, who was helped, and the keys."`
	Backup  backupCommand    `cmd:"" help:"Copy the database into a file, also while servers run. The key file is not in it."`
	Restore restoreCommand   `cmd:"" help:"Make the database from a backup, on the embedded database or an empty one at a server. Everything that was open ends."`
	Help    helpCommand      `cmd:"" help:"Show the help of a command, or this list."`
	Doctor  doctorCommand    `cmd:"" help:"Check everything that the server needs, and say how to correct it. Takes the options of the server and changes nothing."`
}

// helpCommand stands in the help only: it is turned into the option --help.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Such as user add."`
}

// Run parses the command line and runs the command. Its error is a sentence for
// people.
func Run(ctx context.Context, p Process) error {
	command, err := p.parse()
	if err != nil || command == nil {
		return err
	}
	if command.Selected().Name != "serve" {
		ctx = database.WithReserve(ctx) // the operator is the one to make room
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return forPeople(command.Run(&p))
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *Process) error { return p.say("%s", p.about()) }

func (p *Process) about() string { return fmt.Sprintf("imagemaster %s (%s)", p.Version, p.Build) }

// forPeople returns only the message of an error that has one, and names the option that
// overrides it.
func forPeople(err error) error {
	var known *apperr.Error
	switch {
	case !errors.As(err, &known) || known.Message == "":
		return err
	case known.Code == apperr.LastAdministrator:
		return errors.New(known.Message + " To do it all the same, add --even-last.")
	}
	return errors.New(known.Message)
}

// serverOptions are the options of the server, which doctor takes too.
type serverOptions struct {
	config.ServeFlags `embed:""`
	config.BrandFlags `embed:""`
	config.StoreFlags `embed:""`
}

// check returns the options, or every mistake in them.
func (o *serverOptions) check() (config.Serve, error) {
	checked, err := config.Validate(o.StoreFlags, o.BrandFlags, o.ServeFlags, config.FromDisk)
	if err != nil {
		return checked, usageError{listed(err)}
	}
	return checked, nil
}

// mistakes returns every mistake in the options, one a line.
func (o *serverOptions) mistakes() error {
	_, err := config.Validate(o.StoreFlags, o.BrandFlags, o.ServeFlags, config.FromDisk)
	return err
}

type serveCommand struct{ serverOptions }

// Run starts the server.
func (c *serveCommand) Run(ctx context.Context, p *Process) error {
	checked, err := c.check()
	if err != nil {
		return err
	}
	return p.Serve(ctx, checked)
}

// warn writes a line for people beside the output.
func (p *Process) warn(format string, args ...any) { fmt.Fprintf(p.Stderr, format+"\n", args...) }

func (p *Process) say(format string, args ...any) error {
	_, err := fmt.Fprintf(p.Stdout, format+"\n", args...)
	return err
}
