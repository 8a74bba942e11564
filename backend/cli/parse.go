package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// printed is the panic after the parser has printed the help or the version.
type printed struct{}

// maxRounds bounds how many mistakes are looked for.
const maxRounds = 50

// round is one run of the parser.
type round struct {
	*kong.Context
	printed  bool   // the help or the version; nothing else is to be done
	err      error  // the first mistake
	variable string // whose value is that mistake, "" = it is another
}

// parse returns the command to run, nil if help or version was printed. Its error
// names every mistake in the arguments, the variables and the options of the
// command. The parser stops at the first one, so it runs again without that one.
func (p *Process) parse() (*kong.Context, error) {
	args, vars, m := slices.Clone(p.Args), newVariables(p.Environ), mistakes{}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	r, err := p.parseOnce(args, vars, p.Stdout)
	for more, rounds := true, 1; err == nil && r.err != nil && more && rounds < maxRounds; rounds++ {
		switch at := len(args) - len(r.Path[len(r.Path)-1].Remainder()); {
		case r.Error != nil && at < len(args): // the parser could not take this argument
			more = m.addArgument(r, args[:at], args[at])
			args = slices.Delete(args, at, at+1)
		case r.variable != "":
			m.add(r.err)
			delete(vars, r.variable)
		default:
			return nil, p.incomplete(r, m, args, vars)
		}
		if more {
			r, err = p.parseOnce(args, vars, io.Discard)
		}
	}
	if err != nil || r.printed && len(m.found) == 0 {
		return nil, err
	}
	if unknown := vars.unknown(r.Model); unknown != nil || len(m.found) > 0 {
		return nil, m.all(r, unknown)
	}
	return r.Context, nil
}

// parseOnce runs the parser. out is where it prints help and version.
func (p *Process) parseOnce(args []string, vars variables, out io.Writer) (r round, err error) {
	resolver := &resolver{variables: vars}
	parser, err := kong.New(&grammar{},
		kong.Name("imagemaster"),
		kong.Description("Sign-in with a second factor. Options can also be given as variables, as shown; an option on the command line wins."),
		kong.Vars{"version": p.about()},
		kong.Writers(out, out),
		kong.Exit(func(int) { panic(printed{}) }),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ValueFormatter(withVariable),
		kong.Resolvers(resolver),
		kong.WithBeforeApply(func() error { resolver.last = ""; return nil }), // every value was taken
	)
	if err != nil {
		return r, fmt.Errorf("command line: %w", err)
	}
	defer func() {
		if done := recover(); done != nil {
			if _, ok := done.(printed); !ok {
				panic(done)
			}
			r = round{printed: true, Context: &kong.Context{Kong: parser}}
		}
	}()
	command, err := parser.Parse(args)
	if failed := (*kong.ParseError)(nil); errors.As(err, &failed) {
		return round{Context: failed.Context, err: err, variable: resolver.last}, nil
	}
	return round{Context: command}, err
}

// incomplete is the error of a command line that ends too early. After a command
// that only has further ones, such as "user" alone, it prints their list.
func (p *Process) incomplete(r round, m mistakes, args []string, vars variables) error {
	node, unknown := r.Selected(), vars.unknown(r.Model)
	switch {
	case len(node.Children) > 0:
		if len(m.found) == 0 && unknown == nil {
			_, err := p.parseOnce(append(args, "--help"), vars, p.Stdout)
			return err
		}
		m.add(fmt.Errorf("%s needs a command: %s", node.Path(), commandsOf(node)))
	case !m.unsure:
		m.add(r.err)
	}
	return m.all(r, unknown)
}

// mistakes collects what is wrong.
type mistakes struct {
	found []error
	// unsure says that an unknown option may have been meant with a value: an
	// argument after it may be that value.
	unsure bool
}

func (m *mistakes) add(err error) {
	if !slices.ContainsFunc(m.found, func(other error) bool { return other.Error() == err.Error() }) {
		m.found = append(m.found, err)
	}
}

// addArgument adds that an argument could not be taken, and says whether the rest
// can be judged. Of an argument that is no option it repeats only what may be the
// name of a command: others may be passwords.
func (m *mistakes) addArgument(r round, before []string, arg string) (more bool) {
	if strings.HasPrefix(arg, "-") {
		m.add(r.err)
		m.unsure = m.unsure || !strings.Contains(arg, "=")
		return true
	}
	if m.unsure {
		return true
	}
	node := r.Selected()
	if node.Parent.DefaultCmd == node && !slices.Contains(before, node.Name) {
		node = node.Parent
	}
	switch count := len(node.Positional); {
	case len(node.Children) > 0:
		m.add(fmt.Errorf("there is no command %q: the commands are %s", strings.TrimSpace(node.Path()+" "+arg), commandsOf(node)))
		return false
	case count == 0:
		m.add(fmt.Errorf("%s takes options only", node.Path()))
	default:
		m.add(fmt.Errorf("%s takes no argument after %s", node.Path(), node.Positional[count-1].Summary()))
	}
	return true
}

// all returns everything that is wrong, the options of the command included as far
// as the parser has taken them. unknown may be nil.
func (m *mistakes) all(r round, unknown error) error {
	if len(m.found) > 0 {
		last := len(m.found) - 1
		m.found[last] = fmt.Errorf("%w (try imagemaster --help)", m.found[last])
	}
	err := errors.Join(append(m.found, unknown)...)
	if !r.printed && r.Error == nil {
		if command, ok := r.Selected().Target.Addr().Interface().(interface{ mistakes() error }); ok {
			err = errors.Join(err, command.mistakes())
		}
	}
	return usageError{listed(err)}
}

// commandsOf lists the commands below a node.
func commandsOf(node *kong.Node) string {
	var names []string
	for _, child := range node.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return strings.Join(names, ", ")
}

// listed puts each of several mistakes on its own line.
func listed(err error) error {
	text := err.Error()
	if !strings.Contains(text, "\n") {
		return err
	}
	return errors.New("these mistakes were found:\n  " + strings.ReplaceAll(text, "\n", "\n  "))
}
