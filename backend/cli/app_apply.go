package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"imagemaster/backend/access"
	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/people"
	"imagemaster/backend/system"
)

// maxSetBytes is far above the largest set there can be.
const maxSetBytes = 16 << 20

type appApplyCommand struct {
	accountOptions
	config.PublicFlags `embed:""`
	File               string `arg:"" help:"All applications as export writes them; - reads standard input."`
	Yes                bool   `once:"" help:"Store it. Without this nothing is changed."`
}

// mistakes returns every mistake in the options, one a line.
func (c *appApplyCommand) mistakes() error {
	_, err := config.ValidatePublicURL(c.PublicURL)
	return errors.Join(c.accountOptions.mistakes(), err)
}

// Run compares a set with what is stored, and stores it with --yes.
func (c *appApplyCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	base, _ := config.ValidatePublicURL(c.PublicURL)
	text, err := answerOf(ctx, func() ([]byte, error) { return p.readSet(c.File) })
	if err != nil {
		return err
	}
	var set applicationSet
	if err := strictJSON(text, &set, "groups", "max_age_minutes", "origins"); err != nil {
		return fmt.Errorf("%s: %w. Nothing was stored", nameOf(c.File), err)
	}
	return c.withSettings(ctx, p, system.Settings{PublicURL: base}, func(a *auth.Service) error {
		plan, err := people.New(a).ApplyApplications(ctx, auth.Operator, set.Applications, c.Yes)
		if err != nil {
			return placed(err)
		}
		if err := p.tellPlan(&plan, c.Yes); err != nil {
			return err
		}
		if strings.HasPrefix(base, "http:") && slices.ContainsFunc(set.Applications, hasHTTPS) {
			p.warn("%s is for this machine only. Give the address of your sign-in with --public-url: no application may have its host.", base)
		}
		return nil
	})
}

func hasHTTPS(a people.Application) bool {
	return slices.ContainsFunc(a.Addresses, func(address string) bool { return strings.HasPrefix(address, "https:") })
}

func nameOf(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

// readSet reads the file of a set, or standard input.
func (p *Process) readSet(name string) ([]byte, error) {
	in := p.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", name, access.Cause(err))
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSetBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", nameOf(name), access.Cause(err))
	case len(text) > maxSetBytes:
		return nil, fmt.Errorf("%s is larger than %d MiB", nameOf(name), maxSetBytes>>20)
	}
	return text, nil
}

// tellPlan says what a set changes.
func (p *Process) tellPlan(plan *people.Plan, stored bool) error {
	var lines []string
	part := func(what, mark string, of []people.Application) {
		for _, a := range of {
			lines = append(lines, what+a.Name)
			for _, line := range linesOf(a) {
				lines = append(lines, mark+line)
			}
		}
	}
	part("Added: ", "  + ", plan.Added)
	for _, c := range plan.Changed {
		lines = append(lines, "Changed: "+c.After.Name)
		lines = append(lines, differences(linesOf(c.Before), linesOf(c.After))...)
	}
	part("Deleted: ", "  - ", plan.Deleted)
	var unchanged []string
	for _, a := range plan.Unchanged {
		unchanged = append(unchanged, a.Name)
	}
	if len(unchanged) > 0 {
		lines = append(lines, "Unchanged: "+strings.Join(unchanged, ", "))
	}
	switch counts := fmt.Sprintf("Added: %d, changed: %d, deleted: %d, unchanged: %d.", len(plan.Added), len(plan.Changed), len(plan.Deleted), len(plan.Unchanged)); {
	case plan.Empty():
		lines = append(lines, "The applications are as in the file: nothing to do.")
	case stored:
		lines = append(lines, "Stored. "+counts)
	default:
		lines = append(lines, counts+" Nothing was stored: repeat the command with --yes to store it.")
	}
	return p.say("%s", strings.Join(lines, "\n"))
}

// differences returns the lines that go (-) and come (+), in their order: what both
// have in the same order is left out.
func differences(before, after []string) []string {
	// common[i][j] is how many lines before[i:] and after[j:] have in common.
	common := make([][]int, len(before)+1)
	common[len(before)] = make([]int, len(after)+1)
	for i := len(before) - 1; i >= 0; i-- {
		common[i] = make([]int, len(after)+1)
		for j := len(after) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var lines []string
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && common[i+1][j] >= common[i][j+1]:
			lines, i = append(lines, "  - "+before[i]), i+1
		default:
			lines, j = append(lines, "  + "+after[j]), j+1
		}
	}
	return lines
}
