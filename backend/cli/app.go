package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type appCommands struct {
	List   appListCommand   `cmd:"" help:"List the applications behind the sign-in."`
	Show   appShowCommand   `cmd:"" help:"Show the addresses and rules of an application."`
	Export appExportCommand `cmd:"" help:"Write all applications as JSON, for apply."`
	Apply  appApplyCommand  `cmd:"" help:"Compare all applications with those of a file, by name, and say what would change. With --yes it is stored, all of it or nothing."`
}

// applicationSet is what export writes and apply reads.
type applicationSet struct {
	Applications []people.Application `json:"applications"`
}

// withApplications opens the product for one command, and reads all applications.
func withApplications(ctx context.Context, p *Process, o *accountOptions, do func(all []people.Application) error) error {
	return o.with(ctx, p, func(a *auth.Service) error {
		all, err := people.New(a).Applications(ctx, auth.Operator)
		if err != nil {
			return err
		}
		return do(all)
	})
}

type appListCommand struct {
	accountOptions
	JSON bool `once:"" name:"json" help:"Print a line of JSON for each application."`
}

// listedApplication is a line of the list in JSON.
type listedApplication struct {
	people.Application
	LastOpened *time.Time `json:"last_opened_at"`
}

func listingOf(a people.Application) listedApplication {
	l := listedApplication{Application: a}
	if !a.Opened.IsZero() {
		l.LastOpened = &a.Opened
	}
	return l
}

// opened says when an application was last opened, for people.
func opened(a people.Application, layout string) string {
	if at := listingOf(a).LastOpened; at != nil {
		return at.Format(layout)
	}
	return "never"
}

// Run prints one line per application.
func (c *appListCommand) Run(ctx context.Context, p *Process) error {
	return withApplications(ctx, p, &c.accountOptions, func(all []people.Application) error {
		if c.JSON {
			lines := newLines(p.Stdout)
			for _, a := range all {
				if err := lines.Encode(listingOf(a)); err != nil {
					return err
				}
			}
			return nil
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "APPLICATION\tADDRESS\tWHO\tFACTOR\tLAST OPENED")
		for _, a := range all {
			var who, factors []string
			for _, r := range a.Rules {
				who, factors = append(who, whoOf(r)), append(factors, string(r.Factor))
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Addresses[0], several(who, "nobody"), several(factors, "none"), opened(a, time.DateOnly))
		}
		return table.Flush()
	})
}

// newLines writes JSON without escapes for HTML.
func newLines(to io.Writer) *json.Encoder {
	lines := json.NewEncoder(to)
	lines.SetEscapeHTML(false)
	return lines
}

// several joins words, each once.
func several(words []string, none string) string {
	var once []string
	for _, word := range words {
		if !slices.Contains(once, word) {
			once = append(once, word)
		}
	}
	if len(once) == 0 {
		return none
	}
	return strings.Join(once, ", ")
}

// whoOf says whom a rule lets in: everybody, public, or the names of groups.
func whoOf(r people.ApplicationRule) string {
	if r.Who == app.Groups {
		return strings.Join(r.Groups, ", ")
	}
	return string(r.Who)
}

type appShowCommand struct {
	accountOptions
	Name string `arg:"" help:"Name of the application."`
	JSON bool   `once:"" name:"json" help:"Print JSON."`
}

// Run prints an application.
func (c *appShowCommand) Run(ctx context.Context, p *Process) error {
	return withApplications(ctx, p, &c.accountOptions, func(all []people.Application) error {
		i := slices.IndexFunc(all, func(a people.Application) bool { return a.Name == strings.TrimSpace(c.Name) })
		if i < 0 {
			return errors.New("there is no application of that name")
		}
		if c.JSON {
			return writeJSON(p.Stdout, listingOf(all[i]))
		}
		return p.showApplication(all[i])
	})
}

// showApplication writes an application for people.
func (p *Process) showApplication(a people.Application) error {
	lines := []string{a.Name, "Last opened: " + opened(a, time.RFC3339), ""}
	lines = append(lines, linesOf(a)...)
	lines = append(lines, "what fits no rule is refused")
	return p.say("%s", strings.Join(lines, "\n"))
}

// linesOf says everything about an application but its name, one thing a line.
func linesOf(a people.Application) []string {
	var lines []string
	for _, address := range a.Addresses {
		lines = append(lines, "address "+address)
	}
	for _, r := range a.Rules {
		lines = append(lines, "rule "+ruleLine(r))
	}
	return lines
}

// ruleLine says a rule in one line.
func ruleLine(r people.ApplicationRule) string {
	methods, who := "all methods", string(r.Who)
	if r.Methods == people.Reading {
		methods = "reading only"
	}
	if r.Who == app.Groups {
		who = "groups " + strings.Join(r.Groups, ", ")
	}
	line := fmt.Sprintf("%s: %s, %s", r.Path, methods, who)
	switch r.Factor {
	case app.TwoFactors:
		line += ", two factors"
	case app.Resistant:
		line += ", phishing-resistant second factor"
	case app.Password:
		line += ", password"
	}
	if r.MaxAgeMinutes > 0 {
		line += fmt.Sprintf(", not older than %d minutes", r.MaxAgeMinutes)
	}
	if len(r.Origins) > 0 {
		line += ", also from " + strings.Join(r.Origins, " ")
	}
	return line
}

type appExportCommand struct {
	accountOptions
	File string `arg:"" optional:"" help:"Where to put it; standard output if it is left out or -. An existing file is never overwritten."`
}

// Run writes all applications.
func (c *appExportCommand) Run(ctx context.Context, p *Process) error {
	return withApplications(ctx, p, &c.accountOptions, func(all []people.Application) error {
		set := applicationSet{append([]people.Application{}, all...)}
		if c.File == "" || c.File == "-" {
			return writeJSON(p.Stdout, set)
		}
		if err := writeNew(c.File, func(to io.Writer) error { return writeJSON(to, set) }); err != nil {
			return fmt.Errorf("cannot write %s: %w", c.File, access.Cause(err))
		}
		return p.say("Wrote %s: applications: %d.", c.File, len(all))
	})
}

func writeJSON(to io.Writer, value any) error {
	lines := newLines(to)
	lines.SetIndent("", "  ")
	return lines.Encode(value)
}

// writeNew writes a file that does not exist yet, for its owner. If that fails it is
// gone again.
func writeNew(name string, write func(to io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// placed puts the place of a mistake in front of its sentence.
func placed(err error) error {
	var known *apperr.Error
	if errors.As(err, &known) && len(known.Fields) > 0 {
		return fmt.Errorf("%s: %s Nothing was stored", known.Fields[0].Name, known.Sentence())
	}
	return err
}
