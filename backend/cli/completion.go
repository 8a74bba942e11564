package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// place is a position in the grammar: what was typed so far, without options, such
// as "user add", and what may follow.
type place struct {
	path     string
	commands []*kong.Node
	flags    []*kong.Flag
}

// places lists every position, the shorter path first. Without a command the
// options are those of the server.
func places(app *kong.Application) []place {
	all := []place{placeOf("", app.Node)}
	for _, command := range all[0].commands {
		all = append(all, placeOf(command.Name, command))
		if command.Name == "serve" {
			all[0].flags = append(all[0].flags, command.Flags...)
		}
	}
	for _, outer := range all[1:] {
		for _, command := range outer.commands {
			all = append(all, placeOf(outer.path+" "+command.Name, command))
		}
	}
	return all
}

func placeOf(path string, node *kong.Node) place {
	p := place{path: path}
	for _, child := range node.Children {
		if !child.Hidden {
			p.commands = append(p.commands, child)
		}
	}
	for _, group := range node.AllFlags(true) {
		p.flags = append(p.flags, group...)
	}
	return p
}

// names are the commands that may be typed at a place.
func (p place) names() []string {
	var names []string
	for _, command := range p.commands {
		names = append(names, command.Name)
	}
	return names
}

// words are the commands and options that may be typed at a place.
func (p place) words() string {
	words := p.names()
	for _, flag := range p.flags {
		words = append(words, "--"+flag.Name)
	}
	return strings.Join(words, " ")
}

// withValues are the options after which a value follows, as a pattern of a shell.
func withValues(all []place) string {
	var names []string
	for _, p := range all {
		for _, flag := range p.flags {
			if name := "--" + flag.Name; !flag.IsBool() && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, "|")
}

// writeCases writes, in the language that bash and zsh share, how the place is found
// in the words that were typed, and which words it offers. A word that is no command
// there is an argument, and one after an option with a value is that value.
func writeCases(b *strings.Builder, all []place, typed, offer string) {
	var known []string
	for _, p := range all[1:] {
		known = append(known, fmt.Sprintf("' %s'", p.path))
	}
	fmt.Fprintf(b, "\tlocal word before= place=\n\tfor word in %s; do\n\t\tcase \"$before\" in\n\t\t%s) ;;\n", typed, withValues(all))
	fmt.Fprintf(b, "\t\t*) case \"$place $word\" in\n\t\t\t%s) place=\"$place $word\" ;;\n\t\t\tesac ;;\n", strings.Join(known, "|"))
	b.WriteString("\t\tesac\n\t\tbefore=$word\n\tdone\n\tcase \"$place\" in\n")
	for _, p := range all {
		path := strings.TrimRight(" "+p.path, " ")
		fmt.Fprintf(b, "\t'%s') %s ;;\n", path, fmt.Sprintf(offer, p.words()))
	}
	b.WriteString("\tesac\n")
}

// writeBash writes a completion for bash. Where nothing fits, bash offers files.
func writeBash(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	all := places(app)
	fmt.Fprintf(&b, "_imagemaster() {\n\tlocal words=\n\tcase \"${COMP_WORDS[COMP_CWORD-1]}\" in\n\t%s) return ;;\n\tesac\n", withValues(all))
	writeCases(&b, all, `"${COMP_WORDS[@]:1:COMP_CWORD-1}"`, "words='%s'")
	b.WriteString("\tCOMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _imagemaster imagemaster\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// writeZsh writes a completion for zsh.
func writeZsh(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	all := places(app)
	fmt.Fprintf(&b, "#compdef imagemaster\n_imagemaster() {\n\tcase \"$words[CURRENT-1]\" in\n\t%s) _files; return ;;\n\tesac\n", withValues(all))
	writeCases(&b, all, `"${(@)words[2,CURRENT-1]}"`, "compadd -- %s || _files")
	b.WriteString("}\n_imagemaster \"$@\"\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFish writes a completion for fish, which shows the help of each word.
func writeFish(w io.Writer, app *kong.Application) error {
	var b strings.Builder
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", " ")
	for _, p := range places(app) {
		when := "__fish_use_subcommand"
		if p.path != "" {
			var seen []string
			for name := range strings.FieldsSeq(p.path) {
				seen = append(seen, "__fish_seen_subcommand_from "+name)
			}
			when = strings.Join(seen, "; and ")
		}
		if p.path != "" && len(p.commands) > 0 {
			when += "; and not __fish_seen_subcommand_from " + strings.Join(p.names(), " ")
		}
		for _, command := range p.commands {
			fmt.Fprintf(&b, "complete -c imagemaster -f -n '%s' -a %s -d '%s'\n", when, command.Name, quote.Replace(command.Help))
		}
		for _, flag := range p.flags {
			value := ""
			if !flag.IsBool() {
				value = " -r"
			}
			fmt.Fprintf(&b, "complete -c imagemaster -n '%s' -l %s%s -d '%s'\n", when, flag.Name, value, quote.Replace(flag.Help))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
