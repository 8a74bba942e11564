package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/people"
	"imagemaster/backend/system"
)

type userCommands struct {
	Add            addCommand          `cmd:"" help:"Add an account. The password must be changed at the first sign-in."`
	List           listCommand         `cmd:"" help:"List all accounts with their second factor, unused backup codes and last sign-in."`
	Invite         inviteCommand       `cmd:"" help:"Make an account without a password and a link with which the person chooses one."`
	Import         importCommand       `cmd:"" help:"Make all accounts of a table in CSV, or none, and print their links."`
	PasswordLink   passwordLinkCommand `cmd:"" name:"password-link" help:"Give a person who forgot the password a link to choose another one. The second factor stays asked for."`
	Rename         renameCommand       `cmd:"" help:"Change the user name of an account."`
	Role           roleCommand         `cmd:"" help:"Make an account a person, a helper or an administrator."`
	Email          emailCommand        `cmd:"" help:"Change the e-mail address of an account that applications see."`
	Delete         deleteCommand       `cmd:"" help:"Delete an account for good. Its audit events stay."`
	Password       passwordCommand     `cmd:"" help:"Give an account a new password, to be changed at the next sign-in."`
	ResetTwoFactor resetCommand        `cmd:"" name:"reset-two-factor" help:"Remove the second factor of a person who cannot sign in any more."`
	Disable        disableCommand      `cmd:"" help:"Disable an account: it cannot sign in, and its sessions end."`
	Enable         enableCommand       `cmd:"" help:"Enable a disabled account again."`
	EndSessions    endSessions         `cmd:"" name:"end-sessions" help:"End all sessions, pending sign-ins and known browsers of every account, such as after a copy of the database was put back by hand."`
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
	store, brand, err := e.check()
	if err != nil {
		return err
	}
	if err := system.MustExist(store); err != nil {
		return err
	}
	return p.open(ctx, store, brand, do)
}

func (p *Process) open(ctx context.Context, store config.Store, brand string, do func(a *auth.Service) error) error {
	opened, err := system.Open(ctx, store, system.Settings{BrandName: brand, Version: p.Version, Now: p.Now, Operator: operator()})
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
	return p.open(ctx, store, brand, func(a *auth.Service) error {
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

type listCommand struct {
	accountOptions
	JSON bool `once:"" name:"json" help:"Print a line of JSON for each account."`
}

// Run prints one line per account.
func (c *listCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		all, list := people.New(a), p.tableOfUsers
		if c.JSON {
			list = p.linesOfUsers
		}
		add, end := list()
		err := all.Each(ctx, auth.Operator, people.Query{}, func(one people.Person) error { return add(one.Export()) })
		return errors.Join(err, end())
	})
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
	fmt.Fprintln(table, "USER NAME\tROLE\tSTATE\tTWO-FACTOR\tCODES\tLAST SIGN-IN\tSINCE\tGROUPS\tDISPLAY NAME")
	return func(e people.Exported) error {
		last := "never"
		if e.LastSignInAt != nil {
			last = e.LastSignInAt.Format(time.DateOnly)
		}
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", e.Username, e.Role, e.State, e.TwoFactor, e.BackupCodesLeft, last,
			e.CreatedAt.Format(time.DateOnly), strings.Join(e.Groups, ","), e.DisplayName)
		return err
	}, table.Flush
}

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

// warn writes a line for people beside the output.
func (p *Process) warn(format string, args ...any) { fmt.Fprintf(p.Stderr, format+"\n", args...) }

func (p *Process) say(format string, args ...any) error {
	_, err := fmt.Fprintf(p.Stdout, format+"\n", args...)
	return err
}
