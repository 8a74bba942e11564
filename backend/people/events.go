package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

// EventQuery says which events of everybody are wanted, as it was typed. Empty members
// narrow nothing.
type EventQuery struct {
	Person       string // a user name, also a former one, or the id of an account
	By           string // the same of a helper or administrator: what that person did
	Kind         audit.Kind
	Address      string // one address, or a network such as 192.0.2.0/24
	Since, Until time.Time
	Before       string // the end of the page before, "" = from the newest
}

// NamedEvent is an event with how its account is called by now, "" = there is none.
type NamedEvent struct {
	audit.Event // with Username
	DisplayName string
}

// EventPage is a part of the list of all events, the newest first. Before is the cursor of
// the next page, "" = this is the last one. A page is short when eventTime was not enough
// to fill it.
type EventPage struct {
	Events []NamedEvent
	Before string
}

const (
	// eventTime bounds how long one page of events is looked for.
	eventTime = 30 * time.Millisecond
	// eventBatch is how many events an export reads at once.
	eventBatch = 500
	// MaxEvents is how many events an export holds at most.
	MaxEvents = 50_000
)

// Events returns a page of the events of everybody.
func (s *Service) Events(ctx context.Context, by auth.Actor, q EventQuery) (EventPage, error) {
	if err := by.Require(account.Administrator); err != nil {
		return EventPage{}, err
	}
	after, err := parsePlace(q.Before)
	if err != nil {
		return EventPage{}, err
	}
	tx := s.DB.Read(ctx)
	f, err := q.Filter(ctx, tx)
	if err != nil {
		return EventPage{}, err
	}
	leave, err := s.enter(ctx, by)
	if err != nil {
		return EventPage{}, err
	}
	defer leave()
	found, next, err := audit.Search(ctx, tx, f, after, activityPage, eventTime)
	if err != nil {
		return EventPage{}, err
	}
	named, err := nameEvents(ctx, tx, found)
	return EventPage{named, placeText(next)}, err
}

// Filter finds out whom a query means, and checks the address.
func (q *EventQuery) Filter(ctx context.Context, tx *database.Tx) (f audit.Filter, err error) {
	f = audit.Filter{Kind: q.Kind, Since: msOf(q.Since), Until: msOf(q.Until)}
	if f.AccountID, err = accountNamed(ctx, tx, "person", strings.TrimSpace(q.Person)); err != nil {
		return audit.Filter{}, err
	}
	if f.ActorID, err = accountNamed(ctx, tx, "by", strings.TrimSpace(q.By)); err != nil {
		return audit.Filter{}, err
	}
	f.Address, err = parseNetwork(strings.TrimSpace(q.Address))
	return f, err
}

// msOf returns a limit in Unix ms, 0 = there is none. No event is as old as the first
// millisecond, which would mean that.
func msOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return cmp.Or(at.UnixMilli(), 1)
}

// accountNamed returns the id of the account with a user name, of the one that had it
// before, or the id itself; 0 = nobody was named. field is where the name was typed.
func accountNamed(ctx context.Context, tx *database.Tx, field, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	folded, _ := account.Fold(name)
	a, err := account.ByFoldedName(ctx, tx, folded)
	if err == nil {
		return a.ID, nil
	}
	if !errors.Is(err, account.ErrNotFound) {
		return 0, err
	}
	if id, err := account.FormerOwner(ctx, tx, folded); err != nil || id != 0 {
		return id, err
	}
	if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 {
		return id, nil
	}
	return 0, apperr.InvalidField(field, "unknown", "There is no account of that name.")
}

// parseNetwork reads an address or a network.
func parseNetwork(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	if one, err := netip.ParseAddr(text); err == nil && one.Zone() == "" {
		one = one.Unmap()
		return netip.PrefixFrom(one, one.BitLen()), nil
	}
	if all, err := netip.ParsePrefix(text); err == nil && !all.Addr().Is4In6() {
		return all.Masked(), nil
	}
	return netip.Prefix{}, apperr.InvalidField("address", "not_allowed", "Name an address like 192.0.2.7, or a network like 192.0.2.0/24.")
}

// nameEvents adds how accounts are called by now.
func nameEvents(ctx context.Context, tx *database.Tx, events []audit.Event) ([]NamedEvent, error) {
	var ids []int64
	for i := range events {
		if events[i].AccountID != nil {
			ids = append(ids, *events[i].AccountID)
		}
	}
	names, err := account.NamesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	named := make([]NamedEvent, len(events))
	for i, e := range events {
		if e.AccountID != nil {
			one := names[*e.AccountID]
			e.Username, named[i].DisplayName = one.Username, one.DisplayName
		}
		named[i].Event = e
	}
	return named, nil
}

// placeText is a place as clients carry it, "" = the end.
func placeText(p audit.Place) string {
	if p.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d-%d", p.At, p.ID)
}

func parsePlace(text string) (audit.Place, error) {
	if text == "" {
		return audit.Place{}, nil
	}
	at, id, _ := strings.Cut(text, "-")
	p := audit.Place{}
	var errAt, errID error
	p.At, errAt = strconv.ParseInt(at, 10, 64)
	p.ID, errID = strconv.ParseInt(id, 10, 64)
	if errors.Join(errAt, errID) != nil || p.At < 0 || p.ID < 1 {
		return audit.Place{}, apperr.OfField("before", "malformed")
	}
	return p, nil
}

var eventHeader = []string{"time", "id", "kind", "outcome", "reason", "person", "account_id", "actor", "by", "group", "detail", "factor", "count",
	"address", "user_agent", "session_id", "request_id"}

func (e *NamedEvent) cells() []string {
	facts := e.Facts()
	return []string{e.TimeText(), strconv.FormatInt(e.ID, 10), string(e.Kind), string(e.Outcome), e.Reason, e.Username, idText(e.AccountID),
		e.Actor, facts.By, facts.Group, facts.Detail, e.Factor, countText(int64(e.Count)), e.Address, e.UserAgent, countText(e.SessionID), e.RequestID}
}

func idText(id *int64) string {
	if id == nil {
		return ""
	}
	return strconv.FormatInt(*id, 10)
}

// countText leaves out a zero, which says nothing.
func countText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// ExportEvents returns the events that are wanted as a file, the newest first, in the format
// csv or json. JSON has the members of the lines of `imagemaster audit export`.
func (s *Service) ExportEvents(ctx context.Context, by auth.Actor, format string, q EventQuery) (Export, error) {
	return s.export(ctx, by, format, "activity", audit.EventsExported, func() (contents, error) {
		tx := s.DB.Read(ctx)
		f, err := q.Filter(ctx, tx)
		if err != nil {
			return contents{}, err
		}
		all, more, err := eventsThatFit(ctx, tx, f, MaxEvents)
		if err != nil {
			return contents{}, err
		}
		if more {
			return contents{}, apperr.InvalidField("since", "too_many", fmt.Sprintf("These are more than %d events. Narrow the time, or run `imagemaster audit export`.", MaxEvents))
		}
		named, err := nameEvents(ctx, tx, all)
		return contents{count: len(named), all: func() any { return linesOf(named) }, header: eventHeader, rows: func(t *table) {
			for i := range named {
				t.add(named[i].cells()...)
			}
		}}, err
	})
}

func linesOf(named []NamedEvent) []audit.Line {
	lines := make([]audit.Line, len(named))
	for i := range named {
		lines[i] = audit.LineOf(&named[i].Event, named[i].Username)
	}
	return lines
}

// eventsThatFit returns up to limit events, the newest first, and says whether there are more.
func eventsThatFit(ctx context.Context, tx *database.Tx, f audit.Filter, limit int) (all []audit.Event, more bool, err error) {
	var after audit.Place
	for {
		some, next, err := audit.Search(ctx, tx, f, after, min(eventBatch, limit+1-len(all)), listTime)
		if err != nil {
			return nil, false, err
		}
		all = append(all, some...)
		if len(all) > limit {
			return all[:limit], true, nil
		}
		if after = next; next.IsZero() {
			return all, false, nil
		}
	}
}
