package auth

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
	"imagemaster/backend/opaque"
	"imagemaster/backend/session"
)

// ApplicationSet returns all applications as they are now, at most MaxStale old.
func (s *Service) ApplicationSet(ctx context.Context) (*app.Set, error) {
	return s.apps.get(ctx, s.DB, s.DB.Commits, s.readApplications)
}

// readApplications reads the applications, if their version is another one than that of
// the former ones.
func (s *Service) readApplications(ctx context.Context, tx *database.Tx, former **app.Set) (*app.Set, error) {
	version, err := app.Version(ctx, tx)
	if err != nil {
		return nil, err
	}
	if former != nil && (*former).Version == version {
		return *former, nil
	}
	for {
		// They are read by several statements: if somebody changed them in between, the
		// rules of one state could have the groups of another. Then they are read again.
		all, err := app.List(ctx, tx)
		if err != nil {
			return nil, err
		}
		before := version
		if version, err = app.Version(ctx, tx); err != nil {
			return nil, err
		}
		if version == before {
			return app.NewSet(version, all, s.PublicURL), nil
		}
	}
}

// AppCaller is a person in a browser that is signed in to an application.
type AppCaller struct {
	*Caller
	AppSession app.Session
	Groups     []group.Group // id and name, sorted by name
	person     app.Person    // without SignedIn
	key        appKey
	touched    atomic.Bool // the use of the session is stored since this was read
}

// IdentifyApp says who the token of an application cookie belongs to at a host, nil where
// it does not count. What it returns is shared between requests. It is not an activity of
// the person.
//
// The statement (appQuery) finds nobody once one of these has happened:
//   - the session was signed out, evicted or ended, or was idle or alive too long;
//   - the epoch of the account was raised, also by the acting session itself;
//   - the account was disabled or deleted, or the application deleted;
//   - the same session got a newer cookie for the host.
//
// Person adds what is owed now: the level, also by the end of a pause, a set-up, a new
// password. The gate adds the rules, the groups and the age of the factors.
func (s *Service) IdentifyApp(ctx context.Context, token, host string) (*AppCaller, error) {
	key := appKey{token: [32]byte(opaque.HashToken(token)), host: host}
	if c := s.appCallers.find(key, s.DB.Commits()); c != nil {
		return c, nil
	}
	commits, began := s.DB.Commits(), time.Now()
	c, err := s.readAppCaller(ctx, key)
	if c != nil {
		s.appCallers.keep(key, appEntry{c, commits, began})
	}
	return c, err
}

// readAppCaller finds a caller by one statement.
func (s *Service) readAppCaller(ctx context.Context, key appKey) (*AppCaller, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	c := &AppCaller{Caller: &Caller{}, key: key}
	var first *appRow
	err := appQuery.all(ctx, s.DB.Read(ctx), func(row *appRow) {
		first = cmp.Or(first, row)
		if row.Group.ID != 0 {
			c.Groups = append(c.Groups, group.Group{ID: row.Group.ID, Name: row.Group.Name})
		}
	}, s.owned(append([]any{key.token[:], key.host}, session.LiveValues(s.SessionLimits, s.Now())...)...)...)
	if err != nil || first == nil {
		return nil, err
	}
	c.AppSession, c.Session = first.App, &first.Session
	c.Account = &first.Owner.Account
	if c.factors, err = s.factorsOf(ctx, &first.Owner); err != nil {
		return nil, err
	}
	c.person = newPerson(c.Caller, c.Groups)
	return c, nil
}

// Person returns what the rules of applications judge a caller by at this moment: a pause
// may have ended and a session may be over since the caller was read.
func (s *Service) Person(ctx context.Context, c *AppCaller) (app.Person, error) {
	now := s.Now()
	if !c.Session.Ends(s.SessionLimits).After(now) {
		return app.Person{}, nil
	}
	p := c.person
	if !c.factors.satisfied(c.Session, now) {
		return p, nil
	}
	next, err := s.next(ctx, s.DB.Read(ctx), c.factors)
	p.SignedIn = next == NextDone
	return p, err
}

// newPerson returns what rules judge a caller by, without SignedIn.
func newPerson(c *Caller, groups []group.Group) app.Person {
	p := app.Person{HasFactor: c.factors.Any(), HasKey: c.factors.HasKey(), TwoFactors: c.Session.Level == session.LevelTwo,
		PasswordAt: c.Session.PasswordAt, CodeAt: c.Session.FactorAt(), ResistantAt: c.Session.ResistantAt}
	for _, g := range groups {
		p.Groups = append(p.Groups, g.ID)
	}
	return p
}

// TouchApp stores that a person has used an application, at most once a minute: the
// session goes on.
func (s *Service) TouchApp(ctx context.Context, c *AppCaller) error {
	now := s.Now()
	if !c.Session.SeenLongAgo(now) || c.touched.Swap(true) {
		return nil
	}
	used := *c.Session
	err := s.touch(ctx, &used, now)
	s.appCallers.forget(c.key) // it would soon look idle
	return err
}
