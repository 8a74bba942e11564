package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/backup"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/system"
)

type backupCommand struct {
	storeOptions
	File string `arg:"" help:"Where to put it. Only its owner can read it. An existing file is never overwritten."`
}

// Run writes a backup. It neither brings the schema up to date, so that a backup
// can be made with the new program before the upgrade, nor makes a key file.
func (c *backupCommand) Run(ctx context.Context, p *Process) error {
	store, err := config.ValidateStore(c.StoreFlags, config.FromDisk)
	if err != nil {
		return usageError{listed(err)}
	}
	if err := system.MustExist(store); err != nil {
		return err
	}
	if store.DSN == "" {
		if err := access.CheckOwner("data folder", store.DataDir, store.Rule); err != nil {
			return err
		}
	}
	ring, err := secretbox.Load(store.KeyFile, store.Rule)
	if err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Options{DataDir: store.DataDir, DSN: store.DSN, Rule: store.Rule})
	if err != nil {
		return err
	}
	if err := errors.Join(p.backup(ctx, db, ring, c.File), db.Close()); err != nil {
		return err
	}
	return p.say("The key file %s is not in the backup. Keep a copy of it in another place: without it the backup cannot be restored.", store.KeyFile)
}

func (p *Process) backup(ctx context.Context, db *database.DB, ring *secretbox.Keyring, file string) error {
	// A key file that does not fit would make a backup that nobody can use.
	if err := rotation.Fits(ctx, db, ring); err != nil {
		return err
	}
	made, err := backup.Create(ctx, db, ring, file, p.Version, p.Now())
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	return p.say("Wrote %s, %s, schema %d, with the key %s.", file, size(info.Size()), made.Schema, made.RingKeyID)
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 10<<20:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

type restoreCommand struct {
	storeOptions
	Check bool   `once:"" help:"Only check the backup. Change nothing."`
	File  string `arg:"" help:"The backup."`
}

// Run restores a backup.
func (c *restoreCommand) Run(ctx context.Context, p *Process) error {
	store, err := config.ValidateStore(c.StoreFlags, config.FromDisk)
	if err != nil {
		return usageError{listed(err)}
	}
	ring, err := secretbox.Load(store.KeyFile, store.Rule)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no key file %s: put the key file of the backup there, or name it with --key-file", store.KeyFile)
	}
	if err != nil {
		return err
	}
	if c.Check {
		return p.checkBackup(ctx, c.File, ring)
	}
	if store.DSN == "" {
		if err := access.CheckOwner("data folder", store.DataDir, store.Rule); err != nil {
			return err
		}
	}
	var missing error
	done, err := backup.Restoration{
		File: c.File, Ring: ring, Now: p.Now(), Target: database.Options{DataDir: store.DataDir, DSN: store.DSN, Rule: store.Rule},
		Finish: func(ctx context.Context, db *database.DB, m backup.Manifest) error {
			missing = rotation.Fits(ctx, db, ring)
			service := auth.New(auth.Deps{DB: db, Keys: ring, Now: p.Now, Version: p.Version, Host: system.HostName(), Operator: operator()})
			return service.EndRestored(ctx, auth.Restored{BackupAt: m.Time(), Version: m.Version, Engine: m.Engine})
		},
	}.Run(ctx)
	if err != nil {
		return err
	}
	return p.tellRestored(done, missing)
}

func (p *Process) checkBackup(ctx context.Context, file string, ring *secretbox.Keyring) error {
	m, err := backup.Check(ctx, file, ring)
	if err != nil {
		return err
	}
	if known := database.Schema(m.Engine); m.Schema > known {
		return database.TooNew("the backup", m.Schema, known)
	}
	return p.say("%s is genuine and whole: of %s, from %s, made by version %s with schema %d and the key %s.",
		file, m.Time().Format(time.RFC3339), engineName(m.Engine), m.Version, m.Schema, m.RingKeyID)
}

func engineName(engine string) string {
	if engine == database.SQLite {
		return "the embedded database"
	}
	return "a database server"
}

// tellRestored says what is different for people now.
func (p *Process) tellRestored(done backup.Done, missing error) error {
	lines := []string{fmt.Sprintf("Restored the backup of %s.", done.Time().Format(time.RFC3339))}
	if done.Former != "" {
		lines = append(lines, fmt.Sprintf("The former database is kept as %s. Delete it when nobody needs it any more: it holds secrets too.", filepath.Base(done.Former)))
	}
	lines = append(lines,
		"All sessions, pending sign-ins, keys that were not confirmed, known browsers and set-up links have ended. Everybody signs in again.",
		"Everything since the backup is forgotten: a password changed since is the old one again, a backup code used or a key removed since works again, and",
		"an account that was added, disabled or reset since is as before. Tell people, and repeat what matters.")
	if p.Now().Sub(done.Time()) > audit.MaxClockGap {
		lines = append(lines, "The backup is more than a day old, so after the start old events are not deleted. If the clock is right, run: imagemaster audit resume")
	}
	for _, line := range lines {
		if err := p.say("%s", line); err != nil {
			return err
		}
	}
	if missing != nil {
		p.warn("The server will not start yet: %v", missing)
	}
	return nil
}
