package cli

import (
	"context"
	"errors"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

type inviteCommand struct {
	linkOptions
	Name        string   `arg:"" help:"User name."`
	DisplayName string   `once:"" placeholder:"NAME" help:"Name that is shown to the person."`
	Email       string   `once:"" placeholder:"ADDRESS" help:"E-mail address that applications see."`
	Group       []string `once:"" placeholder:"NAME" help:"Group that the person joins; may be given several times."`
	Hours       int      `once:"" default:"168" placeholder:"N" help:"How long the link works, 1 to 720."`
}

// mistakes returns every mistake in the options, one a line.
func (c *inviteCommand) mistakes() error {
	var missing error
	if c.Mail && c.Email == "" {
		missing = errors.New("--mail: needs an address to mail the link to: give it with --email")
	}
	return errors.Join(c.linkOptions.mistakes(), missing)
}

// Run makes an account and its invitation.
func (c *inviteCommand) Run(ctx context.Context, p *Process) error {
	if err := c.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	return c.withLinks(ctx, p, func(s *people.Service, base publicURL) error {
		_, link, err := s.Invite(ctx, auth.Operator, people.Invitation{Username: c.Name, DisplayName: c.DisplayName, Email: c.Email,
			Groups: c.Group, Lifetime: people.Hours(c.Hours), Language: c.Language})
		if err != nil {
			return err
		}
		return p.tellLink(link, base)
	})
}

type passwordLinkCommand struct {
	linkOptions
	Name string `arg:"" help:"User name."`
}

// Run gives a link for a forgotten password, or a new invitation to a person who has
// not chosen a password yet.
func (c *passwordLinkCommand) Run(ctx context.Context, p *Process) error {
	return c.withLinks(ctx, p, func(s *people.Service, base publicURL) error {
		id, err := s.IDOf(ctx, c.Name)
		if err != nil {
			return err
		}
		found, err := s.Find(ctx, auth.Operator, id)
		if err != nil {
			return err
		}
		if c.Mail && found.Email == "" {
			return errors.New("the account has no e-mail address to mail the link to: leave out --mail, or set one with `imagemaster user email`")
		}
		var link auth.NewLink
		if found.State == people.Invited {
			link, err = s.Reinvite(ctx, auth.Operator, id, account.InvitationLifetime, c.Language)
		} else {
			link, err = s.GivePasswordLink(ctx, auth.Operator, id, c.Language)
		}
		if err != nil {
			return err
		}
		return p.tellLink(link, base)
	})
}
