// Package system opens what the server and the operator's commands share: the
// database, the key file, and the use cases on them.
//
// It refuses to begin anew where something is missing. A lost database would start
// as a new system, with a link that makes an administrator; a lost key file would
// make every authenticator app worthless.
package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/auth"
	"imagemaster/backend/canary"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
)

// System is the part of the product that server and commands share.
type System struct {
	DB       *database.DB
	Keys     *secretbox.Keyring
	Rotation rotation.Service
	Auth     *auth.Service
	Host     string // name of this machine, "" if it has none
}

// Close ends the connections to the database.
func (s *System) Close() error { return s.DB.Close() }

// Settings are the options that the use cases need.
type Settings struct {
	BrandName        string
	PublicURL        string         // "" for commands that check no application
	SessionLimits    session.Limits // of the server
	RequireTwoFactor bool
	Mail             bool // this process sends notices by mail
	Version          string
	Now              func() time.Time
	Operator         string // of a command: the system user who runs it
}

// Open opens the database, brings it up to date, loads the keys and checks that
// they are the right ones. The first start makes the key file of the embedded
// database.
func Open(ctx context.Context, store config.Store, set Settings) (*System, error) {
	db, err := OpenDatabase(ctx, store)
	if err != nil {
		return nil, err
	}
	s := &System{DB: db, Host: HostName()}
	if err := s.useKeys(ctx, store, set); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *System) useKeys(ctx context.Context, store config.Store, set Settings) (err error) {
	if s.Keys, err = loadKeys(ctx, s.DB, store); err != nil {
		return err
	}
	s.Rotation = rotation.Service{DB: s.DB, Now: set.Now, Version: set.Version, Host: s.Host, Operator: set.Operator}
	if err := s.Rotation.Check(ctx, s.Keys); err != nil {
		return err
	}
	markUsed(store)
	s.Auth = auth.New(auth.Deps{
		DB: s.DB, Keys: s.Keys, Hasher: password.NewHasher(runtime.GOMAXPROCS(0), password.DefaultCost), Now: set.Now,
		Issuer: set.BrandName, PublicURL: set.PublicURL, SessionLimits: set.SessionLimits, RequireTwoFactor: set.RequireTwoFactor,
		Mail: set.Mail, Version: set.Version, Host: s.Host, Operator: set.Operator,
	})
	return s.Auth.FillNames(ctx)
}

// HostName returns the machine's name for audit events, "" if it has none.
func HostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// OpenDatabase opens and migrates. A newer program's database is refused.
func OpenDatabase(ctx context.Context, store config.Store) (*database.DB, error) {
	if store.DSN == "" {
		if err := errors.Join(access.CheckOwner("data folder", store.DataDir, store.Rule), MayBegin(store)); err != nil {
			return nil, err
		}
	}
	db, err := database.Open(ctx, database.Options{DataDir: store.DataDir, DSN: store.DSN, Rule: store.Rule})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// MustExist refuses to create a database for a command that needs an existing one.
// Most often --data was forgotten.
func MustExist(store config.Store) error {
	if store.DSN != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(store.DataDir, database.FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database in %s: name its folder with --data, or start the server first", store.DataDir)
	}
	return nil // opening it reports any other error
}

// loadKeys reads the key file. Where that is allowed it makes a missing file, but
// never while the database knows a key that was not declared lost: then the
// wrong folder or an incomplete backup is in use.
func loadKeys(ctx context.Context, db *database.DB, store config.Store) (*secretbox.Keyring, error) {
	ring, err := secretbox.Load(store.KeyFile, store.Rule)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	inUse, err := KeyInUse(ctx, db)
	if err != nil {
		return nil, err
	}
	missing := MissingKeyFile(store, inUse)
	if missing == nil {
		if err := secretbox.NewKeyFile(store.KeyFile, store.Rule); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	// Another process that starts may have made the file and a canary meanwhile.
	ring, err = secretbox.Load(store.KeyFile, store.Rule)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	return ring, err
}

// MissingKeyFile is the error of a start without the key file, nil if the start may
// make one. inUse is the id of a key that the database needs, "" if there is none.
func MissingKeyFile(store config.Store, inUse string) error {
	switch {
	case inUse != "":
		return fmt.Errorf("the key file %[1]s is missing, and the database uses the key %[2]s: "+
			"put the file back, such as a copy of that of another instance. "+
			"Only if no copy is left anywhere, declare the key lost with `imagemaster key lost %[2]s`", store.KeyFile, inUse)
	case !store.MakeKeyFile:
		return fmt.Errorf("there is no key file %[1]s: put it there, or make a new one with `imagemaster key new %[1]s`", store.KeyFile)
	}
	return nil
}

// KeyInUse returns the id of a key that the database needs, "" if there is none.
func KeyInUse(ctx context.Context, db *database.DB) (string, error) {
	canaries, err := canary.List(ctx, db.Read(ctx))
	if err != nil {
		return "", err
	}
	for _, c := range canaries {
		if !c.Lost() {
			return c.RingKeyID, nil
		}
	}
	return "", nil
}
