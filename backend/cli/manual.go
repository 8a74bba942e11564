package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// manualCommand writes what the package holds beside the program. It is made from
// the grammar, so it is always true.
type manualCommand struct {
	Kind string `arg:"" enum:"man,bash,zsh,fish" help:"man, or the name of a shell."`
}

// Run writes the man page, or the completion of a shell.
func (c *manualCommand) Run(p *Process, k *kong.Kong) error {
	switch c.Kind {
	case "bash":
		return writeBash(p.Stdout, k.Model)
	case "zsh":
		return writeZsh(p.Stdout, k.Model)
	case "fish":
		return writeFish(p.Stdout, k.Model)
	}
	return writeManPage(p.Stdout, k.Model, p.Version)
}

// roff writes a text so that troff takes it literally.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ")

func writeManPage(w io.Writer, app *kong.Application, version string) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH IMAGEMASTER 1 "" "imagemaster %s"`, version)
	line(".SH NAME\nimagemaster \\- sign\\-in with a second factor")
	line(".SH SYNOPSIS\n.B imagemaster\n[\\fICOMMAND\\fR] [\\fIOPTION\\fR ...]")
	line(".SH DESCRIPTION\nOne program: the web interface, the API and the commands of the operator. Without a command it runs the server.")
	line("Every option except those that belong to one call can be given as a variable: \\-\\-public\\-url is IMAGEMASTER_PUBLIC_URL. An option on the command line wins.")
	line(".SH COMMANDS")
	for _, leaf := range leaves(app.Node) {
		line(".TP\n.B %s\n%s", roff.Replace(leaf.Summary()), roff.Replace(leaf.Help))
		for _, flag := range leaf.Flags {
			if flag.Tag.Has("once") && !flag.Hidden {
				line(".RS\n.TP\n.B %s\n%s\n.RE", roff.Replace(flag.String()), roff.Replace(withVariable(flag.Value)))
			}
		}
	}
	line(".SH OPTIONS\nThe server takes all of these; other commands take those that say where the data is, and commands that give links take the public URL.")
	serve := app.Children[slices.IndexFunc(app.Children, func(n *kong.Node) bool { return n.Name == "serve" })]
	for _, flag := range serve.Flags {
		if isSetting(flag) && !flag.Hidden {
			line(".TP\n.B %s\n%s", roff.Replace(flag.String()), roff.Replace(withVariable(flag.Value)))
		}
	}
	line(".SH EXIT STATUS\n0 when all went well, 1 when it did not, 2 for a mistake on the command line or in the options.")
	_, err := io.WriteString(w, b.String())
	return err
}

// leaves lists the commands that do something.
func leaves(node *kong.Node) []*kong.Node {
	if node.Hidden {
		return nil
	}
	if len(node.Children) == 0 {
		return []*kong.Node{node}
	}
	var all []*kong.Node
	for _, child := range node.Children {
		all = append(all, leaves(child)...)
	}
	return all
}
