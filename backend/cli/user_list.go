package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type listCommand struct {
	accountOptions
	JSON   bool   `once:"" name:"json" help:"Print a line of JSON for each account."`
	Filter string `once:"" default:"" enum:",no-second-factor,no-codes,never-signed-in,disabled" placeholder:"WHICH" help:"Only accounts without a second factor (no-second-factor), with one but without unused backup codes (no-codes), never signed in to (never-signed-in), or disabled (disabled)."`
	Group  string `once:"" placeholder:"NAME" help:"Only members of this group."`
	Search string `once:"" placeholder:"TEXT" help:"Only accounts with words of the names, or an e-mail address, that begin like this."`
}

// Run prints one line per account.
func (c *listCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		all := people.New(a)
		query, err := c.query(ctx, all)
		if err != nil {
			return err
		}
		list := p.tableOfUsers
		if c.JSON {
			list = p.linesOfUsers
		}
		add, end := list()
		err = all.Each(ctx, auth.Operator, query, func(one people.Person) error { return add(one.Export()) })
		return errors.Join(err, end())
	})
}

// query is what the options ask for.
func (c *listCommand) query(ctx context.Context, s *people.Service) (people.Query, error) {
	q := people.Query{Search: c.Search, Filter: people.Filter(strings.ReplaceAll(c.Filter, "-", "_"))}
	if c.Group == "" {
		return q, nil
	}
	g, err := s.GroupNamed(ctx, auth.Operator, c.Group)
	if err != nil {
		return q, err
	}
	q.Group = g.ID
	return q, nil
}

// linesOfUsers writes each account as a line of JSON.
func (p *Process) linesOfUsers() (add func(people.Exported) error, end func() error) {
	out := bufio.NewWriter(p.Stdout)
	lines := json.NewEncoder(out)
	return func(e people.Exported) error { return lines.Encode(e) }, out.Flush
}

// tableOfUsers writes a table for people.
func (p *Process) tableOfUsers() (add func(people.Exported) error, end func() error) {
	table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "USER NAME\tROLE\tSTATE\tTWO-FACTOR\tFACTORS\tCODES\tLAST SIGN-IN\tSINCE\tGROUPS\tDISPLAY NAME")
	return func(e people.Exported) error {
		last, kinds := "never", cmp.Or(e.Factors.String(), "-")
		if e.LastSignInAt != nil {
			last = e.LastSignInAt.Format(time.DateOnly)
		}
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", e.Username, e.Role, e.State, e.TwoFactor, kinds, e.BackupCodesLeft, last,
			e.CreatedAt.Format(time.DateOnly), strings.Join(e.Groups, ","), e.DisplayName)
		return err
	}, table.Flush
}
