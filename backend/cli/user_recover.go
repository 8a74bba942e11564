package cli

import (
	"context"

	"imagemaster/backend/auth"
)

type passwordCommand struct{ accountCommand }

// Run sets a password.
func (c *passwordCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		if err := a.KnowsUser(ctx, c.Name); err != nil {
			return err // before asking for a password
		}
		typed, err := p.askPassword(ctx, c.Name)
		if err != nil {
			return err
		}
		if _, err := a.SetPassword(ctx, c.Name, typed); err != nil {
			return err
		}
		return p.say("The password of %s is set and must be changed at the next sign-in. All sessions have ended.", c.Name)
	})
}

type resetCommand struct {
	accountCommand
	KeepPassword bool `once:"" help:"Keep the password although somebody else has had it lately."`
}

// Run removes the second factor. From then on the password alone opens the
// account. While somebody else had the password lately, a new one is asked for.
func (c *resetCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		has, err := a.HasTwoFactor(ctx, c.Name)
		if err != nil {
			return err
		}
		if !has {
			return p.say("%s has no second factor. Nothing was changed.", c.Name)
		}
		known, err := a.PasswordKnown(ctx, c.Name)
		if err != nil {
			return err
		}
		how := auth.Reset{KeepPassword: c.KeepPassword}
		if known && !c.KeepPassword {
			p.warn("Somebody without the second factor has had the password of %s lately. Set a new one.", c.Name)
			if how.Password, err = p.askPassword(ctx, c.Name); err != nil {
				return err
			}
		}
		done, err := a.ResetTwoFactor(ctx, c.Name, how)
		if err != nil {
			return err
		}
		if err := p.say("The second factor of %s is removed. All sessions have ended.", c.Name); err != nil {
			return err
		}
		if done.CouldRecover {
			p.warn("%s had unused backup codes. Next time one of them is enough to get to a new phone.", c.Name)
		}
		if how.Password != "" {
			return p.say("The new password must be changed at the next sign-in.")
		}
		p.warnOfPassword(c.Name, done)
		return nil
	})
}

type disableCommand struct {
	accountCommand
	EvenLast bool `once:"" help:"Also if no other administrator is left."`
}

// Run disables an account.
func (c *disableCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		done, err := a.DisableAccount(ctx, c.Name, c.EvenLast)
		if err != nil {
			return err
		}
		p.warnOfPassword(c.Name, done)
		return p.say("%s is disabled. All sessions have ended.", c.Name)
	})
}

type enableCommand struct{ accountCommand }

// Run enables an account.
func (c *enableCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		done, err := a.EnableAccount(ctx, c.Name)
		if err != nil {
			return err
		}
		p.warnOfPassword(c.Name, done)
		return p.say("%s is enabled.", c.Name)
	})
}

// warnOfPassword warns while somebody else can sign in with the password alone.
func (p *Process) warnOfPassword(name string, done auth.Recovery) {
	if done.PasswordKnown {
		p.warn("Somebody without the second factor has had the password of %[1]s lately. Set a new one: imagemaster user password %[1]s", name)
	}
}

type endSessions struct{ accountOptions }

// Run ends what every account has open.
func (c *endSessions) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		count, err := a.EndAllSessions(ctx)
		if err != nil {
			return err
		}
		return p.say("All sessions, pending sign-ins and known browsers of %d accounts have ended.", count)
	})
}
