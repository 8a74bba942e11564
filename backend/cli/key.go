package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

type keyCommands struct {
	New    newKeyCommand    `cmd:"" help:"Make a new key file. An existing file is never overwritten."`
	Add    addKeyCommand    `cmd:"" help:"Put a new key into the key file, behind the others. It opens and does not seal yet. Then give every instance the file."`
	Use    useKeyCommand    `cmd:"" help:"Move a key to the front of the key file, so that it seals. Every instance must have the file with that key already."`
	Reseal resealCommand    `cmd:"" help:"Seal everything with the key that is first in the key file. It may run beside servers, several times at once, and be stopped and started again."`
	Retire retireKeyCommand `cmd:"" help:"Take a key that seals nothing any more out of the key file, for good."`
	Lost   lostKeyCommand   `cmd:"" help:"Declare a key lost for good, so that the server starts without it. What it seals stays unreadable: the people concerned sign in with a backup code or are helped, and set up their second factor again."`
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

// atRing opens the database for a command on the key ring.
func (p *Process) atRing(ctx context.Context, flags config.StoreFlags, do func(store config.Store, k auth.Keeper) error) error {
	store, err := config.ValidateStore(flags, os.ReadFile)
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
	return errors.Join(do(store, p.keeper(db)), db.Close())
}

func (p *Process) keeper(db *database.DB) auth.Keeper {
	return auth.Keeper{DB: db, Now: p.Now, Version: p.Version, Host: hostName()}
}

// editKeyFile changes the key file as its owner only: a file made by somebody
// else would lock the server out.
func editKeyFile(path string, change func(f *secretbox.File) error) error {
	if err := checkKeyFileOwner(path); err != nil {
		return err
	}
	err := secretbox.Edit(path, change)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no key file %s: name it with --key-file", path)
	}
	return err
}

type addKeyCommand struct {
	config.StoreFlags `embed:""`
}

// Run adds a key.
func (c *addKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.atRing(ctx, c.StoreFlags, func(store config.Store, k auth.Keeper) error {
		var id string
		err := editKeyFile(store.KeyFile, func(f *secretbox.File) error {
			id = f.Add()
			return k.CheckKeys(ctx, f.Keyring())
		})
		if err != nil {
			return err
		}
		if err := k.Note(ctx, audit.RingKeyAdded, id); err != nil {
			return err
		}
		return p.say("Added the key %[1]s to %[2]s. It does not seal yet.\n"+
			"Give every instance this file and keep a copy of it, then run: imagemaster key use %[1]s", id, store.KeyFile)
	})
}

type useKeyCommand struct {
	config.StoreFlags `embed:""`
	ID                string `arg:"" name:"id" help:"Id of the key, as 'key add' printed it."`
}

// Run makes a key seal.
func (c *useKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.atRing(ctx, c.StoreFlags, func(store config.Store, k auth.Keeper) error {
		already := false
		err := editKeyFile(store.KeyFile, func(f *secretbox.File) error {
			already = f.Keyring().CurrentID() == c.ID
			if err := k.CheckKeys(ctx, f.Keyring()); err != nil || already {
				return err
			}
			if err := f.Use(c.ID); err != nil {
				return notHeld(store.KeyFile, c.ID, f, err)
			}
			return k.Use(ctx, f.Keyring())
		})
		if err != nil {
			return err
		}
		if already {
			return p.say("The key %s seals already.", c.ID)
		}
		if err := k.Note(ctx, audit.RingKeyUsed, c.ID); err != nil {
			return err
		}
		return p.say("The key %s seals from now on. Running servers see it by themselves.\n"+
			"Give every instance this file, then run: imagemaster key reseal", c.ID)
	})
}

// notHeld says which keys there are, when one is named that is not there.
func notHeld(path, id string, f *secretbox.File, err error) error {
	if !errors.Is(err, secretbox.ErrNoKey) {
		return err
	}
	return fmt.Errorf("the key file %s does not hold the key %q; it holds %s", path, id, strings.Join(f.Keyring().IDs(), ", "))
}

type resealCommand struct {
	config.StoreFlags `embed:""`
}

// Run reseals everything.
func (c *resealCommand) Run(ctx context.Context, p *Process) error {
	return p.atRing(ctx, c.StoreFlags, func(store config.Store, k auth.Keeper) error {
		ring, err := secretbox.Load(store.KeyFile)
		if err != nil {
			return err
		}
		if err := k.CheckKeys(ctx, ring); err != nil {
			return err
		}
		done, err := k.Reseal(ctx, ring, p.tellProgress())
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d: run the command again to go on", done.Done, done.Total)
		}
		if err != nil {
			return err
		}
		if err := p.say("Resealed %d. The key %s seals everything that can be read.", done.Done, ring.CurrentID()); err != nil {
			return err
		}
		return p.tellWhatIsLeft(ctx, k, ring)
	})
}

// progressInterval is how often progress is told, after the first time.
const progressInterval = 2 * time.Second

func (p *Process) tellProgress() func(auth.Progress) error {
	var told time.Time
	return func(at auth.Progress) error {
		now := p.Now()
		if at.Done >= at.Total || now.Sub(told) < progressInterval {
			return nil
		}
		told = now
		return p.say("Resealed %d of %d.", at.Done, at.Total)
	}
}

// tellWhatIsLeft names the accounts whose seed cannot be resealed, and the keys
// that may be retired.
func (p *Process) tellWhatIsLeft(ctx context.Context, k auth.Keeper, ring *secretbox.Keyring) error {
	unreadable, err := k.UnreadableAccounts(ctx, ring)
	if err != nil {
		return err
	}
	damaged := slices.ContainsFunc(unreadable, func(u auth.Unreadable) bool { return !u.Lost })
	if len(unreadable) > 0 {
		if err := p.say("Left as they are, because they cannot be opened: the keys of %s.", namesOf(unreadable)); err != nil {
			return err
		}
	}
	duties, err := k.CountDuties(ctx, ring.IDs())
	if err != nil {
		return err
	}
	for _, id := range ring.IDs() {
		if duties[id] == 0 && id != ring.CurrentID() {
			if err := p.say("Nothing is sealed by the key %[1]s any more. When every instance has this key file, run: imagemaster key retire %[1]s", id); err != nil {
				return err
			}
		}
	}
	if damaged {
		return errors.New("some keys could not be opened: see imagemaster doctor")
	}
	return nil
}

func namesOf(accounts []auth.Unreadable) string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Username
	}
	return strings.Join(names, ", ")
}

type retireKeyCommand struct {
	config.StoreFlags `embed:""`
	ID                string `arg:"" name:"id" help:"Id of the key."`
}

// Run retires a key. The database is told first: from then on no instance
// stores anything sealed by the key, so taking it out of the files loses
// nothing, whenever that happens.
func (c *retireKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.atRing(ctx, c.StoreFlags, func(store config.Store, k auth.Keeper) error {
		err := editKeyFile(store.KeyFile, func(f *secretbox.File) error {
			if f.Keyring().CurrentID() == c.ID {
				return fmt.Errorf("the key %s seals: make another one seal first, with imagemaster key use ID", c.ID)
			}
			if err := k.Retire(ctx, c.ID, f.Holds(c.ID)); err != nil {
				return err
			}
			if f.Holds(c.ID) {
				return f.Remove(c.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return p.say("The key %s is retired and no longer in %s. Give every instance this file. "+
			"Copies of the database from before still need the key.", c.ID, store.KeyFile)
	})
}

type lostKeyCommand struct {
	config.StoreFlags `embed:""`
	ID                string `arg:"" name:"id" help:"Id of the key, as the server names it."`
}

// Run declares a key lost. The key file may be wrong or missing: that is the
// reason to run it. A key that is there is not lost.
func (c *lostKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.atRing(ctx, withoutKeyFile(c.StoreFlags), func(store config.Store, k auth.Keeper) error {
		ring, err := secretbox.Load(store.KeyFile)
		if err == nil && slices.Contains(ring.IDs(), c.ID) {
			return fmt.Errorf("the key %s is not lost, it is in %s", c.ID, store.KeyFile)
		}
		sealed, err := k.DeclareKeyLost(ctx, c.ID)
		if err != nil {
			return err
		}
		return p.say("The key %s is declared lost. It seals %d keys of authenticator apps, which nobody can read any more.\n"+
			"Who used one signs in with a backup code, or after imagemaster user reset-two-factor NAME, and sets up a new one. "+
			"imagemaster doctor names them.", c.ID, sealed)
	})
}

// withoutKeyFile satisfies the check for a key file, where none is used.
func withoutKeyFile(flags config.StoreFlags) config.StoreFlags {
	if flags.KeyFile == "" && (flags.Database != "" || flags.DatabaseFile != "") {
		flags.KeyFile = os.DevNull
	}
	return flags
}
