package cli

import (
	"context"
	"errors"
	"os"

	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/secretbox"
)

type keyCommands struct {
	New  newKeyCommand  `cmd:"" help:"Make a new key file. An existing file is never overwritten."`
	Lost lostKeyCommand `cmd:"" help:"Declare a key lost for good, so that the server starts without it. What it seals stays unreadable: the people concerned set up their second factor again."`
}

type newKeyCommand struct {
	File string `arg:"" help:"Where to put it. Only its owner can read it."`
}

// Run makes a key file.
func (c *newKeyCommand) Run(p *Process) error {
	if err := secretbox.NewKeyFile(c.File); err != nil {
		return err
	}
	return p.say("Made %s. Give every instance the same file, and keep a copy apart from copies of the database.", c.File)
}

type lostKeyCommand struct {
	config.StoreFlags `embed:""`
	ID                string `arg:"" name:"id" help:"Id of the key, as the server names it."`
}

// Run declares a key lost. It does not check the key file: a wrong or missing
// one is the reason to run it.
func (c *lostKeyCommand) Run(ctx context.Context, p *Process) error {
	store, err := config.ValidateStore(c.withoutKeyFile(), os.ReadFile)
	if err != nil {
		return usageError{listed(err)}
	}
	if err := mustExist(store); err != nil {
		return err
	}
	db, err := openDatabase(ctx, store)
	if err != nil {
		return err
	}
	if err := errors.Join(auth.DeclareKeyLost(ctx, db, c.ID, p.Now()), db.Close()); err != nil {
		return err
	}
	return p.say("The key %s is declared lost. Who used it sets up the second factor again, after imagemaster user reset-two-factor NAME.", c.ID)
}

// withoutKeyFile satisfies the check for a key file, which is not used.
func (c *lostKeyCommand) withoutKeyFile() config.StoreFlags {
	flags := c.StoreFlags
	if flags.KeyFile == "" && (flags.Database != "" || flags.DatabaseFile != "") {
		flags.KeyFile = os.DevNull
	}
	return flags
}
