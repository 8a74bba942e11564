package auth

import (
	"context"

	"imagemaster/backend/audit"
)

// activityPage is how many events one page of the activity holds.
const activityPage = 50

// Activity returns a page of the account's own events, the newest first, older
// than the event with the id before; 0 = from the newest. More says whether
// there is another page.
func (s *Service) Activity(ctx context.Context, c *Caller, before int64) (events []audit.Event, more bool, err error) {
	if err := c.ready(); err != nil {
		return nil, false, err
	}
	events, err = audit.List(ctx, s.DB.Read(ctx), c.Account.ID, before, activityPage+1)
	if err != nil || len(events) <= activityPage {
		return events, false, err
	}
	return events[:activityPage], true, nil
}
