// Package cli is the command line: its grammar, and the operator's commands.
// Package main starts the server through the function Serve of Process.
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
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"imagemaster/backend/apperr"
	"imagemaster/backend/config"
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
	Key     keyCommands      `cmd:"" help:"Keys that seal secrets in the database."`
	Audit   auditCommands    `cmd:"" help:"Audit log of security events."`
	Doctor  doctorCommand    `cmd:"" help:"Check everything that the server needs, and say how to correct it. Takes the options of the server and changes nothing."`
}

// Run parses the command line and runs the command. Its error is a sentence for
// people.
func Run(ctx context.Context, p Process) (err error) {
	defer func() {
		// Help and version end the parser with a panic of this type.
		if done := recover(); done != nil {
			if _, ok := done.(printed); !ok {
				panic(done)
			}
			err = nil
		}
	}()
	command, err := parse(p)
	if err != nil {
		return usageError{err}
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return forPeople(command.Run(&p))
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *Process) error { return p.say("%s", p.about()) }

func (p *Process) about() string { return fmt.Sprintf("imagemaster %s (%s)", p.Version, p.Build) }

// printed is the panic after the parser has printed the help or the version.
type printed struct{}

// parse returns the command, or every mistake in the arguments, the variables and
// the options of the command.
func parse(p Process) (*kong.Context, error) {
	variables := newVariables(p.Environ)
	parser, err := kong.New(&grammar{},
		kong.Name("imagemaster"),
		kong.Description("Sign-in with a second factor. Options can also be given as variables, as shown; an option on the command line wins."),
		kong.Vars{"version": p.about()},
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { panic(printed{}) }),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ValueFormatter(withVariable),
		kong.Resolvers(variables),
	)
	if err != nil {
		return nil, fmt.Errorf("command line: %w", err)
	}
	args, mistakes := withoutUnknown(parser.Model, askForHelp(parser.Model, p.Args))
	if err := variables.unknown(parser.Model); err != nil {
		mistakes = append(mistakes, err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		// After an unknown flag, an unexpected argument is most often its value.
		if len(mistakes) == 0 || !strings.HasPrefix(err.Error(), "unexpected argument") {
			mistakes = append(mistakes, fmt.Errorf("%w (try imagemaster --help)", err))
		}
		return nil, listed(errors.Join(mistakes...))
	}
	if len(mistakes) == 0 {
		return command, nil
	}
	if o, ok := command.Selected().Target.Addr().Interface().(interface{ mistakes() error }); ok {
		mistakes = append(mistakes, o.mistakes())
	}
	return nil, listed(errors.Join(mistakes...))
}

// askForHelp turns "help user" into "user --help", and a command that only has
// further ones, such as "user" alone, into the list of them.
func askForHelp(app *kong.Application, args []string) []string {
	asked := len(args) > 0 && args[0] == "help"
	if asked {
		args = args[1:]
	}
	node, depth := app.Node, 0
	for _, arg := range args {
		at := slices.IndexFunc(node.Children, func(child *kong.Node) bool { return child.Name == arg })
		if at < 0 {
			break
		}
		node = node.Children[at]
		depth++
	}
	if asked || depth > 0 && depth == len(args) && len(node.Children) > 0 {
		return append(slices.Clone(args), "--help")
	}
	return args
}

// withoutUnknown returns the arguments without the flags that no command has, and
// a mistake for each.
func withoutUnknown(app *kong.Application, args []string) (rest []string, mistakes []error) {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known["--"+flag.Name] = true
		}
		return next(nil)
	})
	for i, arg := range args {
		if arg == "--" {
			return append(rest, args[i:]...), mistakes
		}
		name, _, _ := strings.Cut(arg, "=")
		if strings.HasPrefix(name, "--") && !known[name] {
			mistakes = append(mistakes, fmt.Errorf("unknown flag %s (try imagemaster --help)", name))
			continue
		}
		rest = append(rest, arg)
	}
	return rest, mistakes
}

// forPeople returns only the message of an error that has one.
func forPeople(err error) error {
	var known *apperr.Error
	if errors.As(err, &known) && known.Message != "" {
		return errors.New(known.Message)
	}
	return err
}

// serverOptions are the options of the server, which doctor takes too.
type serverOptions struct {
	config.ServeFlags `embed:""`
	config.BrandFlags `embed:""`
	config.StoreFlags `embed:""`
}

// check returns the options, or every mistake in them.
func (o *serverOptions) check() (config.Serve, error) {
	checked, err := config.Validate(o.StoreFlags, o.BrandFlags, o.ServeFlags, os.ReadFile)
	if err != nil {
		return checked, usageError{listed(err)}
	}
	return checked, nil
}

// mistakes returns every mistake in the options, one a line.
func (o *serverOptions) mistakes() error {
	_, err := config.Validate(o.StoreFlags, o.BrandFlags, o.ServeFlags, os.ReadFile)
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

// listed puts each of several mistakes on its own line.
func listed(err error) error {
	text := err.Error()
	if !strings.Contains(text, "\n") {
		return err
	}
	return errors.New("these options are wrong:\n  " + strings.ReplaceAll(text, "\n", "\n  "))
}
