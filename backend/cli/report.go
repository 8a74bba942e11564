package cli

import (
	"context"
	"fmt"
	"io"

	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type reportCommand struct {
	accountOptions
	Format string `once:"" default:"csv" enum:"csv,json" placeholder:"FORMAT" help:"A table for spreadsheets (csv), or JSON for programs (json)."`
	Days   int    `once:"" default:"90" placeholder:"DAYS" help:"How many days back recoveries, lock-outs and changes of keys are listed, at most 400."`
}

func (c *reportCommand) mistakes() error {
	if c.Days < 1 || c.Days > people.MaxReportDays {
		return fmt.Errorf("--days: %d is not between 1 and %d", c.Days, people.MaxReportDays)
	}
	return c.accountOptions.mistakes()
}

// Run prints the report, and records that.
func (c *reportCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	return c.with(ctx, p, func(a *auth.Service) error {
		report, err := people.New(a).ExportReport(ctx, auth.Operator, c.Format, c.Days)
		if err != nil {
			return err
		}
		text, err := report.Indented()
		if err != nil {
			return err
		}
		_, err = io.WriteString(p.Stdout, text)
		return err
	})
}
