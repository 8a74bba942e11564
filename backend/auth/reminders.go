package auth

import (
	"context"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/policy"
)

// remindEvery is how often an instance looks for people who have to be reminded.
const remindEvery = time.Hour

// remindAll queues the mails about deadlines that are due: to people of whom a policy asks a
// second factor or a key that they do not have, when it begins, and 7, 3 and 1 days before
// the deadline. While an exception holds, the first one is a week before its end. Each mail is
// claimed in the database, so instances may do this side by side.
func (s *Service) remindAll(ctx context.Context) error {
	now := s.Now()
	if !s.Mail || now.Sub(unixTime(s.remindedAt.Load())).Abs() < remindEvery {
		return nil
	}
	policies, err := policy.List(ctx, s.DB.Read(ctx))
	if err != nil || len(policies) == 0 {
		return err
	}
	host := ""
	if slices.ContainsFunc(policies, func(p policy.Policy) bool { return p.Minimum == policy.Resistant }) {
		host = s.rpID()
	}
	for last := int64(0); ; {
		some, err := account.LackingAfter(ctx, s.DB.Read(ctx), last, host, batch)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			s.remindedAt.Store(now.UnixMilli())
			return nil
		}
		if err := s.remind(ctx, policies, some, now); err != nil {
			return err
		}
		last = some[len(some)-1].ID
	}
}

// remind queues the mails to some people.
func (s *Service) remind(ctx context.Context, policies []policy.Policy, people []account.Lacking, now time.Time) error {
	subjects, ids := make([]policy.Subject, len(people)), make([]int64, len(people))
	for i := range people {
		subjects[i], ids[i] = SubjectOf(&people[i].Account), people[i].ID
	}
	done, err := policy.Reminded(ctx, s.DB.Read(ctx), ids)
	if err != nil {
		return err
	}
	asked, err := policy.Under(ctx, s.DB.Read(ctx), policies, now, subjects...)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		for i := range people {
			o := asked[people[i].ID]
			if people[i].HasFactor && o.Key == nil {
				continue
			}
			if err := s.remindOne(ctx, tx, &people[i].Account, o.Next(people[i].HasFactor), done, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// remindOne queues the mail to one person that is due by now, if it was not queued before.
func (s *Service) remindOne(ctx context.Context, tx *database.Tx, a *account.Account, o *policy.Obligation, done map[policy.Reminder]bool, now time.Time) error {
	mark := policy.Reminder{AccountID: a.ID, Deadline: o.Deadline(now).UnixMilli(), Stage: o.StageAt(now)}
	if mark.Stage == "" || done[mark] {
		return nil
	}
	claimed, err := policy.ClaimReminder(ctx, tx, mark)
	if err != nil || !claimed {
		return err
	}
	r := notify.Reminder{AccountID: a.ID, Kind: notify.PolicyReminder, Email: a.Email, Deadline: o.Deadline(now), At: now,
		Reader: notify.Reader{Username: a.Username, Language: a.Language}}
	switch key, exempt := o.Minimum == policy.Resistant, o.Exempt(now); {
	case key && exempt:
		r.Kind = notify.KeyExceptionEnding
	case exempt:
		r.Kind = notify.ExceptionEnding
	case key:
		r.Kind = notify.KeyReminder
	}
	return notify.Remind(ctx, tx, r)
}
