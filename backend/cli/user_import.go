package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// importLimits are how much of a table a command takes.
var importLimits = people.Limits{People: 100_000, Bytes: 64 << 20}

type importCommand struct {
	linkOptions
	File  string `arg:"" help:"Table in CSV with the header username,name,email,groups, of at most 100,000 people; - reads standard input."`
	Hours int    `once:"" default:"168" placeholder:"N" help:"How long the links work, 1 to 720."`
	Check bool   `once:"" help:"Only check the table."`
}

// Run makes all accounts of a table, or none. It prints a table with their links, and
// says everything else beside it.
func (c *importCommand) Run(ctx context.Context, p *Process) error {
	return c.withLinks(ctx, p, func(s *people.Service, base publicURL) error {
		table, err := answerOf(ctx, func() ([]byte, error) { return p.readTable(c.File) })
		if err != nil {
			return err
		}
		found, err := p.checkTable(ctx, s, table)
		if err != nil {
			return err
		}
		if c.Check {
			p.warn("People who can be imported: %d. Nothing was imported.", len(found))
			return nil
		}
		done, err := s.Import(ctx, auth.Operator, table, importLimits, people.Hours(c.Hours), c.Language)
		if err != nil {
			return err
		}
		return p.tellImport(&done, base)
	})
}

// checkTable returns the people of a table. It tells its faults, one a line.
func (p *Process) checkTable(ctx context.Context, s *people.Service, table []byte) ([]people.Invitee, error) {
	found, faults, err := s.Check(ctx, auth.Operator, table, importLimits)
	if err != nil || len(faults) == 0 {
		return found, err
	}
	for _, f := range faults {
		p.warn("%s", f.Sentence())
	}
	if len(faults) >= people.MaxFaults {
		p.warn("There may be more faults. Correct these, then check again.")
	}
	return nil, errors.New("the table has faults: nothing was imported")
}

// tellImport prints the links. They are not stored and shown only now.
func (p *Process) tellImport(done *people.Imported, base publicURL) error {
	if _, err := io.WriteString(p.Stdout, done.Table(base.linkTo)); err != nil {
		return fmt.Errorf("the accounts are made, but their links were not written: give each person another one with `imagemaster user password-link`: %w", err)
	}
	mailed, count := done.Mailed(), len(done.People)
	p.warn("Accounts made: %d. Their links work once, until %s.", count, done.Links[0].EndsAt.Format(time.RFC3339))
	if mailed > 0 {
		p.warn("Links that a running server mails: %d.", mailed)
	}
	if mailed < count {
		p.warn("Links in the table, which is shown only now: %d. Give each one to its person, then delete the table.", count-mailed)
		p.warnOfAddress(base)
	}
	return nil
}

// readTable reads a table, and no more of it than importLimits allow and one byte.
func (p *Process) readTable(name string) ([]byte, error) {
	in := p.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", name, access.Cause(err))
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	table, err := io.ReadAll(io.LimitReader(in, int64(importLimits.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the table: %w", access.Cause(err))
	}
	return table, nil
}
