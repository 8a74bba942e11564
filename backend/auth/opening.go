package auth

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"

	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
)

// Opening is the answer to a person who wants to open an application.
type Opening struct {
	Application string // its name
	Origin      string
	Page        string // path and query to come back to
	Ticket      string // "" = not now
	Needs       []app.Need
}

// Done is the address that signs the browser in to the application. again says that
// nothing is tried after it.
func (o Opening) Done(again bool) string {
	query := url.Values{"ticket": {o.Ticket}, "to": {o.Page}}
	if again {
		query.Set("again", "1")
	}
	return o.Origin + app.ReservedPrefix + "done?" + query.Encode()
}

// OpenApplication issues a ticket for a page of an application, or says what the person
// has to do first; with neither the person has no right to it. state is the SHA-256 of
// the start cookie of the browser, in base64url.
func (s *Service) OpenApplication(ctx context.Context, c *Caller, origin, page, state string) (Opening, error) {
	if err := c.ready(); err != nil {
		return Opening{}, err
	}
	browser, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(browser) != sha256.Size {
		return Opening{}, apperr.OfField("state", "malformed")
	}
	set, err := s.ApplicationSet(ctx)
	if err != nil {
		return Opening{}, err
	}
	a := set.At(origin)
	target, ok := app.ParseTarget(origin + app.SafePage(page))
	if a == nil || !ok {
		return Opening{}, apperr.Of(apperr.NotFound)
	}
	opening := Opening{Application: a.Name, Origin: origin, Page: target.Page()}
	groups, err := s.groupsOf(ctx, c)
	if err != nil {
		return Opening{}, err
	}
	now := s.Now()
	person := newPerson(c, groups)
	person.SignedIn = true
	if d := a.Decide(app.Visit, target.Path, &person, now); !d.Allowed {
		opening.Needs = d.Needs
		return opening, nil
	}
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		opening.Ticket, err = app.Issue(ctx, tx, &app.Ticket{SessionID: c.Session.ID, Epoch: c.Account.Epoch, ApplicationID: a.ID,
			Origin: origin, Page: opening.Page, State: browser}, now)
		if errors.Is(err, app.ErrNotFound) {
			return apperr.Of(apperr.NotFound)
		}
		if err != nil {
			return err
		}
		e := s.event(c, audit.ApplicationOpened, audit.OK)
		e.Details = details(map[string]any{"detail": a.Name})
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return Opening{}, err
	}
	ctx = database.Minor(ctx)
	// Only administrators see it: a failure must not keep the person out.
	_ = s.DB.InTx(ctx, func(tx *database.Tx) error { return app.MarkOpened(ctx, tx, a.ID, now) })
	return opening, nil
}

func (s *Service) groupsOf(ctx context.Context, c *Caller) ([]group.Group, error) {
	memberships, err := group.Of(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil {
		return nil, err
	}
	var groups []group.Group
	for _, m := range memberships {
		groups = append(groups, group.Group{ID: m.GroupID, Name: m.Name})
	}
	return groups, nil
}

// OwnApplication is one that a person may open.
type OwnApplication struct {
	Name, Origin string
	Start        string // path of the first page
}

// OwnApplications returns the applications that a person may open, by name. What a rule
// demands beyond that is asked when one is opened.
func (s *Service) OwnApplications(ctx context.Context, c *Caller) ([]OwnApplication, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	set, err := s.ApplicationSet(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := s.groupsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	var own []OwnApplication
	ids := newPerson(c, groups).Groups
	for i := range set.All {
		a := &set.All[i]
		if start := a.StartFor(ids); start != "" && set.At(a.Addresses[0]) == a {
			own = append(own, OwnApplication{a.Name, a.Addresses[0], start})
		}
	}
	return own, nil
}

// Redemption says where a ticket has arrived.
type Redemption struct {
	Origin, Page string
	State        []byte     // SHA-256 of the browser's start cookie, nil = there is none
	Current      *AppCaller // who is signed in there already, nil = nobody
}

// RedeemTicket uses up a ticket and signs the browser in to the application: it returns
// the token for the cookie, "" where the browser is signed in by the same session already.
// The ticket must be for that address, page and browser; anything else is
// app.ErrNotFound, and the ticket is used up all the same.
func (s *Service) RedeemTicket(ctx context.Context, ticket string, at Redemption) (token string, err error) {
	// Anybody may send invented tickets: they must not cost a transaction, whose commit would
	// make this instance read again what it has in memory.
	if known, err := app.HasTicket(ctx, s.DB.Read(ctx), ticket); err != nil || !known {
		return "", cmp.Or(err, app.ErrNotFound)
	}
	var refused error
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		token, refused = "", nil
		t, err := app.Burn(ctx, tx, ticket, s.Now())
		if err == nil && (t.Origin != at.Origin || t.Page != at.Page || !bytes.Equal(t.State, at.State)) {
			err = app.ErrNotFound
		}
		if errors.Is(err, app.ErrNotFound) {
			refused = err // the commit keeps the ticket used up
			return nil
		}
		if err != nil || at.Current.isFrom(t) {
			return err
		}
		token, err = app.Open(ctx, tx, &app.Session{SessionID: t.SessionID, Host: app.HostOf(at.Origin), Epoch: t.Epoch, ApplicationID: t.ApplicationID})
		return err
	})
	if err == nil {
		err = refused
	}
	return token, err
}

// isFrom says whether the caller is signed in by the session that a ticket is from.
func (c *AppCaller) isFrom(t *app.Ticket) bool {
	return c != nil && c.AppSession.SessionID == t.SessionID && c.AppSession.Epoch == t.Epoch && c.AppSession.ApplicationID == t.ApplicationID
}
