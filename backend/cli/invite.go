package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/people"
)

// linkOptions are the options of commands that give links to choose a password.
type linkOptions struct {
	PublicURL string `default:"http://localhost:8080" name:"public-url" once:"" placeholder:"URL" help:"Address that people open, as for the server. Links begin with it."`
	Mail      bool   `once:"" help:"Mail the link to the account's e-mail address instead of printing it. A running server sends it."`
	Language  string `default:"en" enum:"en,de" once:"" placeholder:"en|de" help:"Language of the mail, where the person has chosen none."`
}

// check returns the public URL.
func (o *linkOptions) check() (string, error) {
	address, err := config.ValidatePublicURL(o.PublicURL)
	if err != nil {
		return "", usageError{listed(err)}
	}
	return address, nil
}

// withLinks opens the product for a command that gives links.
func (e *accountOptions) withLinks(ctx context.Context, p *Process, o *linkOptions, do func(s *people.Service, linkTo func(token string) string) error) error {
	address, err := o.check()
	if err != nil {
		return err
	}
	return e.with(ctx, p, func(a *auth.Service) error {
		a.Mail = o.Mail
		return do(people.New(a), func(token string) string { return address + "/welcome#" + token })
	})
}

// tellLink prints a link, or where it was mailed.
func (p *Process) tellLink(l auth.NewLink, linkTo func(token string) string) error {
	until := l.EndsAt.Format(time.RFC3339)
	if l.MailedTo != "" {
		return p.say("The link is mailed to %s. It works once, until %s.", l.MailedTo, until)
	}
	p.warn("Give this link to the person, so that nobody else reads it. It is shown only now, and works once, until %s.", until)
	return p.say("%s", linkTo(l.Token))
}

var errNoAddress = errors.New("the account has no e-mail address to mail the link to: leave out --mail, or set one with `imagemaster user email`")

type inviteCommand struct {
	Name           string   `arg:"" help:"User name."`
	DisplayName    string   `once:"" placeholder:"NAME" help:"Name that is shown to the person."`
	Email          string   `once:"" placeholder:"ADDRESS" help:"E-mail address that applications see."`
	Group          []string `placeholder:"NAME" help:"Group that the person joins; may be given several times."`
	Hours          int      `default:"168" once:"" placeholder:"N" help:"How long the link works, 1 to 720."`
	linkOptions    `embed:""`
	accountOptions `embed:""`
}

// Run makes an account and its invitation.
func (c *inviteCommand) Run(ctx context.Context, p *Process) error {
	return c.withLinks(ctx, p, &c.linkOptions, func(s *people.Service, linkTo func(string) string) error {
		if c.Mail && c.Email == "" {
			return errNoAddress
		}
		_, link, err := s.Invite(ctx, auth.Operator, people.Invitation{Username: c.Name, DisplayName: c.DisplayName, Email: c.Email,
			Groups: c.Group, Lifetime: time.Duration(c.Hours) * time.Hour, Language: c.Language})
		if err != nil {
			return err
		}
		return p.tellLink(link, linkTo)
	})
}

type passwordLinkCommand struct {
	Name           string `arg:"" help:"User name."`
	linkOptions    `embed:""`
	accountOptions `embed:""`
}

// Run gives a link for a forgotten password, or a new invitation to a person who has
// not chosen a password yet.
func (c *passwordLinkCommand) Run(ctx context.Context, p *Process) error {
	return c.withLinks(ctx, p, &c.linkOptions, func(s *people.Service, linkTo func(string) string) error {
		id, err := s.IDOf(ctx, c.Name)
		if err != nil {
			return err
		}
		found, err := s.Find(ctx, auth.Operator, id)
		if err != nil {
			return err
		}
		if c.Mail && found.Email == "" {
			return errNoAddress
		}
		var link auth.NewLink
		if found.State == people.Invited {
			link, err = s.Reinvite(ctx, auth.Operator, id, 7*24*time.Hour, c.Language)
		} else {
			link, err = s.GivePasswordLink(ctx, auth.Operator, id, c.Language)
		}
		if err != nil {
			return err
		}
		return p.tellLink(link, linkTo)
	})
}

// importLimits are how much of a table a command takes.
var importLimits = people.Limits{People: 100_000, Bytes: 64 << 20}

type importCommand struct {
	File           string `arg:"" help:"Table in CSV with the header username,name,email,groups; - reads standard input."`
	Hours          int    `default:"168" once:"" placeholder:"N" help:"How long the links work, 1 to 720."`
	Check          bool   `once:"" help:"Only check the table."`
	linkOptions    `embed:""`
	accountOptions `embed:""`
}

// Run makes all accounts of a table, or none. It prints a table with their links.
func (c *importCommand) Run(ctx context.Context, p *Process) error {
	table, err := p.readTable(c.File)
	if err != nil {
		return err
	}
	return c.withLinks(ctx, p, &c.linkOptions, func(s *people.Service, linkTo func(string) string) error {
		found, faults, err := s.Check(ctx, auth.Operator, table, importLimits)
		if err != nil {
			return err
		}
		for _, f := range faults {
			p.warn("%s", f.Sentence())
		}
		if len(faults) > 0 {
			return errors.New("the table has faults: nothing was imported")
		}
		if c.Check {
			return p.say("%d people can be imported.", len(found))
		}
		done, err := s.Import(ctx, auth.Operator, table, importLimits, time.Duration(c.Hours)*time.Hour, c.Language)
		if err != nil {
			return err
		}
		p.warn("%d accounts are made, %d links are mailed. The other links are shown only now, and work once.", len(done.People), done.Mailed())
		_, err = io.WriteString(p.Stdout, done.Table(linkTo))
		return err
	})
}

// readTable reads a table that fits into memory.
func (p *Process) readTable(name string) ([]byte, error) {
	in := p.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open the table: %w", err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	table, err := io.ReadAll(io.LimitReader(in, int64(importLimits.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	return table, nil
}
