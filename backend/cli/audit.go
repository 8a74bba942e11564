package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/rotation"
)

type auditCommands struct {
	Resume resumeCommand `cmd:"" help:"Let old events, mails and addresses be deleted again, after the clock had jumped and was found to be right."`
	Export exportCommand `cmd:"" help:"Print events as lines of JSON, the oldest first. The server deletes them after 400 days."`
}

type resumeCommand struct{ accountOptions }

// Run takes a person's word that the clock is right.
func (c *resumeCommand) Run(ctx context.Context, p *Process) error {
	return c.with(ctx, p, func(a *auth.Service) error {
		stopped, err := a.ResumeRetention(ctx)
		if err != nil {
			return err
		}
		if !stopped {
			return p.say("Nothing to do: old events are deleted.")
		}
		return p.say("Old events, mails and addresses are deleted again.")
	})
}

type exportCommand struct {
	storeWithoutKey
	Since   string     `once:"" placeholder:"DATE" help:"Leave out events before this day (2026-11-23, in UTC) or time (2026-11-23T14:00:00Z)."`
	Until   string     `once:"" placeholder:"DATE" help:"Leave out events from this day or time on."`
	Person  string     `once:"" placeholder:"NAME" help:"Only events about this account: a user name, also a former one, or an id."`
	By      string     `once:"" placeholder:"NAME" help:"Only what this helper or administrator did on the pages."`
	Kind    audit.Kind `once:"" placeholder:"KIND" help:"Only events of this kind, such as key_removed."`
	Address string     `once:"" placeholder:"ADDRESS" help:"Only events from this address, or network such as 192.0.2.0/24."`
}

func (c *exportCommand) mistakes() error {
	_, err := c.query()
	return errors.Join(err, c.storeWithoutKey.mistakes())
}

// query is what the options ask for.
func (c *exportCommand) query() (people.EventQuery, error) {
	q := people.EventQuery{Person: c.Person, By: c.By, Kind: c.Kind, Address: c.Address}
	var errSince, errUntil error
	q.Since, errSince = parseTime("--since", c.Since)
	q.Until, errUntil = parseTime("--until", c.Until)
	return q, errors.Join(errSince, errUntil)
}

// Run prints the events. None of them is sealed, so no key file is needed.
func (c *exportCommand) Run(ctx context.Context, p *Process) error {
	query, err := c.query()
	if err != nil {
		return usageError{err}
	}
	return p.withRotation(ctx, withoutKeyFile(c.StoreFlags), func(_ config.Store, keys rotation.Service) error {
		tx := keys.DB.Read(ctx)
		filter, err := query.Filter(ctx, tx)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(p.Stdout)
		names := userNames{}
		err = audit.ExportFitting(ctx, tx, filter, func(e audit.Event) error {
			name, err := names.of(ctx, keys.DB, e.AccountID)
			if err != nil {
				return err
			}
			return audit.WriteLine(out, e, name)
		})
		return errors.Join(err, out.Flush())
	})
}

func parseTime(option, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return parseDay(option, text)
}

// parseDay reads a day or a time. option is the name of the option, for the error.
func parseDay(option, text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %q is neither a day like 2026-11-23 nor a time like 2026-11-23T14:00:00Z", option, text)
}

// userNames looks up the user names of accounts and remembers them.
type userNames map[int64]string

// of returns the user name of an account, "" without one.
func (n userNames) of(ctx context.Context, db *database.DB, id *int64) (string, error) {
	if id == nil {
		return "", nil
	}
	if name, ok := n[*id]; ok {
		return name, nil
	}
	a, err := account.Find(ctx, db.Read(ctx), *id)
	if errors.Is(err, account.ErrNotFound) {
		a, err = &account.Account{}, nil
	}
	if err != nil {
		return "", err
	}
	n[*id] = a.Username
	return a.Username, nil
}
