package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/notify"
	"imagemaster/backend/people"
	"imagemaster/backend/system"
)

// linkOptions are the options of commands that give links to choose a password.
type linkOptions struct {
	accountOptions
	config.PublicFlags `embed:""`
	Mail               bool   `once:"" help:"Mail the link to the account's e-mail address instead of printing it. A running server with a mail server sends it."`
	Language           string `once:"" default:"en" enum:"en,de" placeholder:"en|de" help:"Language of the mail, where the person has chosen none."`
}

// mistakes returns every mistake in the options, one a line.
func (o *linkOptions) mistakes() error {
	_, err := config.ValidatePublicURL(o.PublicURL)
	return errors.Join(o.accountOptions.mistakes(), err)
}

// withLinks opens the product for a command that gives links.
func (o *linkOptions) withLinks(ctx context.Context, p *Process, do func(s *people.Service, base publicURL) error) error {
	if err := o.mistakes(); err != nil {
		return usageError{listed(err)}
	}
	base, _ := config.ValidatePublicURL(o.PublicURL)
	return o.withSettings(ctx, p, system.Settings{Mail: o.Mail}, func(a *auth.Service) error {
		return do(people.New(a), publicURL(base))
	})
}

// publicURL is what links begin with.
type publicURL string

func (u publicURL) linkTo(token string) string { return notify.LinkURL(string(u), token) }

// warnOfAddress warns of links that open on this machine only.
func (p *Process) warnOfAddress(base publicURL) {
	if strings.HasPrefix(string(base), "http:") {
		p.warn("%s is for this machine only. For links that work elsewhere give the address that people open, with --public-url.", base)
	}
}

// tellLink prints a link, or where it was mailed.
func (p *Process) tellLink(l auth.NewLink, base publicURL) error {
	until := l.EndsAt.Format(time.RFC3339)
	if l.MailedTo != "" {
		return p.say("A running server mails the link to %s. It works once, until %s.", l.MailedTo, until)
	}
	p.warn("Give this link to the person, so that nobody else reads it. It is shown only now, and works once, until %s.", until)
	p.warnOfAddress(base)
	return p.say("%s", base.linkTo(l.Token))
}
