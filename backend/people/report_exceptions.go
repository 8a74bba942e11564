package people

import (
	"context"
	"time"

	"imagemaster/backend/policy"
)

// ReportException says that no second factor is demanded from a person for a time.
type ReportException struct {
	Username string    `json:"username" doc:"The person."`
	Reason   string    `json:"reason" doc:"Why."`
	GivenBy  string    `json:"given_by" doc:"User name of the administrator who gave it."`
	GivenAt  time.Time `json:"given_at" doc:"When it was given."`
	EndsAt   time.Time `json:"ends_at" doc:"When it ends."`
}

// exceptions lists the exceptions from policies that hold.
func (r *reporter) exceptions(ctx context.Context) error {
	stored, err := policy.Exceptions(ctx, r.tx, r.Now(), r.most+1)
	if err != nil {
		return err
	}
	named, err := withPeople(ctx, r.tx, stored...)
	if err != nil {
		return err
	}
	var all []ReportException
	r.excepted = map[int64]int64{}
	for _, e := range named {
		r.excepted[e.AccountID] = e.EndsAt.UnixMilli()
		all = append(all, ReportException{Username: e.Username, Reason: e.Reason, GivenBy: e.GivenBy, GivenAt: e.GivenAt, EndsAt: e.EndsAt})
	}
	r.Report.Exceptions = limited(r, all)
	return nil
}
