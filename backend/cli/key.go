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

	"imagemaster/backend/access"
	"imagemaster/backend/audit"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/system"
)

type keyCommands struct {
	New    newKeyCommand    `cmd:"" help:"Make a new key file. An existing file is never overwritten."`
	Add    addKeyCommand    `cmd:"" help:"Put a new key into the key file, behind the others. It opens and does not seal yet. Then give every instance the file, and restart each one or send it SIGHUP."`
	Use    useKeyCommand    `cmd:"" help:"Move a key to the front of the key file, so that it seals. Every instance must have read the file with that key already. Then give every instance the file, and restart each one or send it SIGHUP."`
	Reseal resealCommand    `cmd:"" help:"Seal everything with the key that is first in the key file. It may run beside servers, run several times at once, be stopped and be started again."`
	Retire retireKeyCommand `cmd:"" help:"Remove a key that seals nothing any more from the key file, for good. Then give every instance the file, and restart each one or send it SIGHUP."`
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

// withRotation opens an existing database for a command on the key ring.
func (p *Process) withRotation(ctx context.Context, flags config.StoreFlags, do func(store config.Store, keys rotation.Service) error) error {
	store, err := config.ValidateStore(flags, config.FromDisk)
	if err != nil {
		return usageError{listed(err)}
	}
	if err := system.MustExist(store); err != nil {
		return err
	}
	db, err := system.OpenDatabase(ctx, store)
	if err != nil {
		return err
	}
	return errors.Join(do(store, p.rotation(db)), db.Close())
}

func (p *Process) rotation(db *database.DB) rotation.Service {
	return rotation.Service{DB: db, Now: p.Now, Version: p.Version, Host: system.HostName(), Operator: operator()}
}

// storeOptions are the options of commands that need the data and no brand name.
type storeOptions struct {
	config.StoreFlags `embed:""`
}

func (o *storeOptions) mistakes() error {
	_, err := config.ValidateStore(o.StoreFlags, config.FromDisk)
	return err
}

// editKeyFile changes the key file, for its owner only: the new file belongs to
// the user who runs the command, and the server must be able to read it.
func editKeyFile(store config.Store, change func(f *secretbox.File) error) error {
	if err := access.CheckOwner("key file", store.KeyFile, store.Rule); err != nil {
		return err
	}
	err := secretbox.Edit(store.KeyFile, change, store.Rule)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no key file %s: name it with --key-file", store.KeyFile)
	}
	return err
}

type addKeyCommand struct {
	storeOptions
}

// Run adds a key.
func (c *addKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.withRotation(ctx, c.StoreFlags, func(store config.Store, keys rotation.Service) error {
		var id string
		err := editKeyFile(store, func(f *secretbox.File) error {
			id = f.Add()
			return keys.Check(ctx, f.Keyring())
		})
		if err != nil {
			return err
		}
		if err := keys.Record(ctx, audit.RingKeyAdded, id); err != nil {
			return err
		}
		return p.say("Added the key %[1]s to %[2]s. It does not seal yet.\n"+
			"Keep a copy of this file. Give it to every instance, and restart each one or send it SIGHUP.\n"+
			"Then run: imagemaster key use %[1]s", id, store.KeyFile)
	})
}

type useKeyCommand struct {
	storeOptions
	ID string `arg:"" name:"id" help:"Id of the key, as 'key add' printed it."`
}

// Run makes a key seal.
func (c *useKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.withRotation(ctx, c.StoreFlags, func(store config.Store, keys rotation.Service) error {
		already := false
		err := editKeyFile(store, func(f *secretbox.File) error {
			already = f.Keyring().CurrentID() == c.ID
			if err := keys.Check(ctx, f.Keyring()); err != nil || already {
				return err
			}
			if err := f.Use(c.ID); err != nil {
				return notHeld(store.KeyFile, c.ID, f, err)
			}
			return keys.Use(ctx, f.Keyring())
		})
		if err != nil {
			return err
		}
		if already {
			return p.say("The key %s is first in %s already.", c.ID, store.KeyFile)
		}
		if err := keys.Record(ctx, audit.RingKeyUsed, c.ID); err != nil {
			return err
		}
		return p.say("The key %[1]s is first in %[2]s. An instance seals with it once it has read the file.\n"+
			"Give every instance this file, and restart each one or send it SIGHUP.\n"+
			"Then run: imagemaster key reseal", c.ID, store.KeyFile)
	})
}

// notHeld adds to secretbox.ErrNoKey which keys the file holds.
func notHeld(path, id string, f *secretbox.File, err error) error {
	if !errors.Is(err, secretbox.ErrNoKey) {
		return err
	}
	return fmt.Errorf("the key file %s does not hold the key %q; it holds %s", path, id, strings.Join(f.Keyring().IDs(), ", "))
}

type resealCommand struct {
	storeOptions
}

// Run reseals everything.
func (c *resealCommand) Run(ctx context.Context, p *Process) error {
	return p.withRotation(ctx, c.StoreFlags, func(store config.Store, keys rotation.Service) error {
		ring, err := secretbox.Load(store.KeyFile, store.Rule)
		if err != nil {
			return err
		}
		if err := keys.Check(ctx, ring); err != nil {
			return err
		}
		tell := p.tellProgress()
		done, err := keys.Reseal(ctx, ring, func(at rotation.Progress) error {
			return errors.Join(stillFirst(store, ring.CurrentID()), tell(at))
		})
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d: run the command again to go on", done.Done, done.Total)
		}
		if err != nil {
			return err
		}
		if err := p.say("Resealed %d. The key %s seals everything that can be read.", done.Done, ring.CurrentID()); err != nil {
			return err
		}
		return p.tellWhatIsLeft(ctx, keys, ring)
	})
}

// stillFirst stops a reseal after another key was made first. Otherwise it and
// the reseal with that key would undo each other's work without end.
func stillFirst(store config.Store, id string) error {
	ring, err := secretbox.Load(store.KeyFile, store.Rule)
	if err == nil && ring.CurrentID() != id {
		err = fmt.Errorf("the key %s is first in %s now: run the command again", ring.CurrentID(), store.KeyFile)
	}
	return err
}

// progressInterval is the pause between two messages about the progress.
const progressInterval = 2 * time.Second

func (p *Process) tellProgress() func(rotation.Progress) error {
	var told time.Time
	return func(at rotation.Progress) error {
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
func (p *Process) tellWhatIsLeft(ctx context.Context, keys rotation.Service, ring *secretbox.Keyring) error {
	unreadable, err := keys.UnreadableAccounts(ctx, ring)
	if err != nil {
		return err
	}
	damaged := slices.ContainsFunc(unreadable, func(u rotation.Unreadable) bool { return !u.Lost })
	if len(unreadable) > 0 {
		if err := p.say("Left as they are, because they cannot be opened: the keys of %s.", namesOf(unreadable)); err != nil {
			return err
		}
	}
	sealed, err := keys.SealedCounts(ctx, ring.IDs())
	if err != nil {
		return err
	}
	for _, id := range ring.IDs() {
		if sealed[id] == 0 && id != ring.CurrentID() {
			if err := p.say("Nothing is sealed by the key %[1]s any more. When every instance has read this key file, run: imagemaster key retire %[1]s", id); err != nil {
				return err
			}
		}
	}
	if damaged {
		return errors.New("some keys could not be opened: see imagemaster doctor")
	}
	return nil
}

func namesOf(accounts []rotation.Unreadable) string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Username
	}
	return strings.Join(names, ", ")
}

type retireKeyCommand struct {
	storeOptions
	ID string `arg:"" name:"id" help:"Id of the key."`
}

// Run retires a key, in the database first: from then on no instance stores
// anything sealed by the key, so removing it from the files loses nothing,
// whenever that happens.
func (c *retireKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.withRotation(ctx, c.StoreFlags, func(store config.Store, keys rotation.Service) error {
		err := editKeyFile(store, func(f *secretbox.File) error {
			if f.Keyring().CurrentID() == c.ID {
				return fmt.Errorf("the key %s is the first in the key file and seals: make another one seal first, with imagemaster key use ID", c.ID)
			}
			if err := keys.Retire(ctx, c.ID, f.Holds(c.ID)); err != nil {
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
		return p.say("The key %s is retired and no longer in %s.\n"+
			"Give every instance this file, and restart each one or send it SIGHUP.\n"+
			"Copies of the database from before still need the key.", c.ID, store.KeyFile)
	})
}

type lostKeyCommand struct {
	storeWithoutKey
	ID string `arg:"" name:"id" help:"Id of the key, as the server names it."`
}

// Run declares a key lost. The key file may be wrong or missing, which is the
// reason for the command. A key that the file holds is not lost.
func (c *lostKeyCommand) Run(ctx context.Context, p *Process) error {
	return p.withRotation(ctx, withoutKeyFile(c.StoreFlags), func(store config.Store, keys rotation.Service) error {
		ring, err := secretbox.Load(store.KeyFile, store.Rule)
		if err == nil && slices.Contains(ring.IDs(), c.ID) {
			return fmt.Errorf("the key %s is not lost, it is in %s", c.ID, store.KeyFile)
		}
		if err := p.noServerRuns(ctx, store, keys.DB); err != nil {
			return err
		}
		sealed, err := keys.DeclareLost(ctx, c.ID)
		if err != nil {
			return err
		}
		return p.say("The key %s is declared lost. Keys of authenticator apps that it seals: %d. Nobody can read them any more.\n"+
			"Who used one signs in with a backup code, or after imagemaster user reset-two-factor NAME, and sets up a new one. "+
			"imagemaster doctor names them.", c.ID, sealed)
	})
}

// noServerRuns refuses while a server runs. Most often the key file of this instance
// is the wrong one, and the server has the right one.
func (p *Process) noServerRuns(ctx context.Context, store config.Store, db *database.DB) error {
	const advice = "and may hold the key: copy its key file instead. If it does not hold it either, stop every server first"
	if store.DSN == "" { // also of one that hangs, or has no space for its heartbeat
		lock, err := database.LockServerAgain(store.DataDir, store.Rule)
		if err != nil {
			return fmt.Errorf("%w, %s", err, advice)
		}
		return lock.Close()
	}
	alive, err := db.Alive(ctx, p.Now().Add(-aliveFor))
	if err == nil && len(alive) > 0 {
		err = fmt.Errorf("a server runs on %s %s; one that was killed counts as running for 30 seconds", hosts(alive), advice)
	}
	return err
}

// storeWithoutKey is storeOptions for commands that need no key file.
type storeWithoutKey struct {
	config.StoreFlags `embed:""`
}

func (o *storeWithoutKey) mistakes() error {
	_, err := config.ValidateStore(withoutKeyFile(o.StoreFlags), config.FromDisk)
	return err
}

// withoutKeyFile satisfies the check of the options for a command that needs no
// key file.
func withoutKeyFile(flags config.StoreFlags) config.StoreFlags {
	if flags.KeyFile == "" && (flags.Database != "" || flags.DatabaseFile != "") {
		flags.KeyFile = os.DevNull
	}
	return flags
}
