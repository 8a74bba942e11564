package cli

import (
	"context"
	"errors"

	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/people"
	"imagemaster/backend/system"
)

type userCommands struct {
	Add            addCommand          `cmd:"" help:"Add an account. The password must be changed at the first sign-in."`
	List           listCommand         `cmd:"" help:"List accounts, all or some, with their second factor, unused backup codes and last sign-in."`
	Invite         inviteCommand       `cmd:"" help:"Make an account without a password and a link with which the person chooses one."`
	Import         importCommand       `cmd:"" help:"Make all accounts of a table in CSV, or none, and print a table with their links."`
	PasswordLink   passwordLinkCommand `cmd:"" name:"password-link" help:"Give a person who forgot the password a link to choose another one within an hour. The second factor stays asked for. Somebody who was invited and has no password yet gets a new invitation, for a week."`
	HelpCode       helpCodeCommand     `cmd:"" name:"help-code" help:"Give a person who has lost the phone and the backup codes a code to set up a new phone with. It works once, with the password."`
	Rename         renameCommand       `cmd:"" help:"Change the names of an account."`
	Role           roleCommand         `cmd:"" help:"Make an account a person, a helper or an administrator."`
	Email          emailCommand        `cmd:"" help:"Change the e-mail address of an account that applications see."`
	Delete         deleteCommand       `cmd:"" help:"Delete an account for good. Its audit events stay."`
	Password       passwordCommand     `cmd:"" help:"Give an account a new password, to be changed at the next sign-in."`
	ResetTwoFactor resetCommand        `cmd:"" name:"reset-two-factor" help:"Remove the second factor of a person who cannot sign in any more."`
	Disable        disableCommand      `cmd:"" help:"Disable an account: it cannot sign in, and its sessions end."`
	Enable         enableCommand       `cmd:"" help:"Enable a disabled account again."`
	EndSessions    endSessions         `cmd:"" name:"end-sessions" help:"End all sessions, pending sign-ins, known browsers and unused links of every account, such as after a copy of the database was put back by hand."`
}

// accountOptions are the options of commands on accounts.
type accountOptions struct {
	config.BrandFlags `embed:""`
	config.StoreFlags `embed:""`
}

// check returns where the data is and the brand name, or every mistake.
func (e *accountOptions) check() (config.Store, string, error) {
	if err := e.mistakes(); err != nil {
		return config.Store{}, "", usageError{listed(err)}
	}
	store, _ := config.ValidateStore(e.StoreFlags, config.FromDisk)
	brand, _ := config.ValidateBrand(e.BrandFlags)
	return store, brand, nil
}

// mistakes returns every mistake in the options, one a line.
func (e *accountOptions) mistakes() error {
	_, storeErr := config.ValidateStore(e.StoreFlags, config.FromDisk)
	_, brandErr := config.ValidateBrand(e.BrandFlags)
	return errors.Join(storeErr, brandErr)
}

// with opens the product for one command on existing accounts.
func (e *accountOptions) with(ctx context.Context, p *Process, do func(a *auth.Service) error) error {
	return e.withSettings(ctx, p, system.Settings{}, do)
}

// withSettings is with for a command that needs settings of its own.
func (e *accountOptions) withSettings(ctx context.Context, p *Process, set system.Settings, do func(a *auth.Service) error) error {
	store, brand, err := e.check()
	if err != nil {
		return err
	}
	if err := system.MustExist(store); err != nil {
		return err
	}
	set.BrandName = brand
	return p.open(ctx, store, set, do)
}

// open opens the product for one command. It fills in what is the same for all.
func (p *Process) open(ctx context.Context, store config.Store, set system.Settings, do func(a *auth.Service) error) error {
	set.Version, set.Now, set.Operator = p.Version, p.Now, operator()
	opened, err := system.Open(ctx, store, set)
	if err != nil {
		return err
	}
	return errors.Join(do(opened.Auth), opened.Close())
}

// accountCommand holds the options of commands on one existing account.
type accountCommand struct {
	accountOptions
	Name string `arg:"" help:"User name."`
}

// withPerson opens the product for one command on an existing account, and finds it.
func (c *accountCommand) withPerson(ctx context.Context, p *Process, do func(s *people.Service, id int64) error) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		s := people.New(a)
		id, err := s.IDOf(ctx, c.Name)
		if err != nil {
			return err
		}
		return do(s, id)
	})
}
