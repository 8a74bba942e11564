package cli

import (
	"context"

	"imagemaster/backend/auth"
	"imagemaster/backend/system"
)

type addCommand struct {
	Name           string `arg:"" help:"User name."`
	Admin          bool   `once:"" help:"Make the account an administrator."`
	DisplayName    string `once:"" placeholder:"NAME" help:"Name that is shown to the person."`
	accountOptions `embed:""`
}

// Run adds an account. It creates the database if there is none.
func (c *addCommand) Run(ctx context.Context, p *Process) error {
	store, brand, err := c.check()
	if err != nil {
		return err
	}
	return p.open(ctx, store, system.Settings{BrandName: brand}, func(a *auth.Service) error {
		typed, err := p.askPassword(ctx, c.Name)
		if err != nil {
			return err
		}
		user := auth.NewUser{Username: c.Name, Password: typed, DisplayName: c.DisplayName, Admin: c.Admin}
		if err := a.CreateUser(ctx, user); err != nil {
			return err
		}
		return p.say("Added %s. The password must be changed at the first sign-in.", c.Name)
	})
}
