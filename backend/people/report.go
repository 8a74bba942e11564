package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

// Report is what an auditor asks of the second factor: whom it covers, who is excepted or
// locked out, who was helped back in, and which keys seal it. Times are in UTC. The tags
// describe it in the interface.
type Report struct {
	MadeAt     time.Time         `json:"made_at" doc:"When the report was made."`
	Since      time.Time         `json:"since" doc:"Events are counted and listed from then on."`
	People     PeopleNumbers     `json:"people" doc:"How many people there are, and how they are protected."`
	Coverage   []Coverage        `json:"coverage" nullable:"false" doc:"Everybody, helpers and administrators, then each group by name."`
	Exceptions []ReportException `json:"exceptions" nullable:"false" doc:"People from whom no second factor is demanded for a time."`
	LockOuts   LockOuts          `json:"lock_outs" doc:"Codes that are not accepted any more, and tries that were held back."`
	Recoveries []Recovery        `json:"recoveries" nullable:"false" doc:"Who was helped back in, or lost the second factor by somebody else, the newest first."`
	Keys       KeyReport         `json:"keys" doc:"The keys that seal the second factors."`
	Shortened  bool              `json:"shortened" doc:"True if a list has more than is shown here. The export has all."`
}

// PeopleNumbers count people. From with_factor on only those count that are enabled.
type PeopleNumbers struct {
	Total           int `json:"total" doc:"All accounts."`
	Enabled         int `json:"enabled" doc:"Can sign in."`
	Invited         int `json:"invited" doc:"Have not chosen a password yet."`
	Disabled        int `json:"disabled" doc:"Cannot sign in."`
	WithFactor      int `json:"with_factor" doc:"Enabled, and the sign-in asks for a second factor."`
	WithoutFactor   int `json:"without_factor" doc:"Enabled, without a second factor."`
	Paused          int `json:"paused" doc:"Enabled, with a second factor that is paused: the sign-in does not ask for it."`
	WithApp         int `json:"with_app" doc:"Enabled, with an authenticator app, also a paused one. Who has several kinds of factors is counted in each."`
	WithPasskey     int `json:"with_passkey" doc:"The same for passkeys."`
	WithHardwareKey int `json:"with_hardware_key" doc:"The same for hardware keys."`
	Dead            int `json:"dead" doc:"Of those with an app: its codes are not accepted any more."`
	Unreadable      int `json:"unreadable" doc:"Of those with an app: the server cannot open its key."`
	Elsewhere       int `json:"elsewhere" doc:"Of those with a second factor: all of it belongs to another address."`
	WithoutCodes    int `json:"without_codes" doc:"Enabled, with a second factor, and no backup codes left."`
	NeverSignedIn   int `json:"never_signed_in" doc:"Enabled, and never signed in."`
}

// Whom a coverage is about.
const (
	CoversEverybody = "everybody"
	CoversStaff     = "staff"
	CoversGroup     = "group"
)

// Coverage says how many of some people the second factor covers.
type Coverage struct {
	Audience   string   `json:"audience" enum:"everybody,staff,group" doc:"staff: helpers and administrators."`
	Group      string   `json:"group" doc:"The name of the group; empty for the others."`
	Members    int      `json:"members" doc:"Enabled accounts."`
	WithFactor int      `json:"with_factor" doc:"Those of whom the sign-in asks for a second factor."`
	Percent    *float64 `json:"percent" doc:"With one decimal, rounded down; null = there are no members."`
}

// LockOuts say whose codes are not accepted any more, and how many tries were held back.
type LockOuts struct {
	Now      []StoppedCodes `json:"now" nullable:"false" doc:"People some of whose codes are not accepted any more."`
	HeldBack int64          `json:"held_back" doc:"How many tries were refused in this time, because there had been too many wrong ones."`
	Events   []HeldBack     `json:"events" nullable:"false" doc:"These tries, summed up by the hour, the newest first."`
}

// StoppedCodes are codes of a person that are not accepted any more.
type StoppedCodes struct {
	Username string `json:"username" doc:"The person."`
	Method   string `json:"method" enum:"totp,backup,help" doc:"Codes of the app, or backup codes."`
	Lane     string `json:"lane" enum:"known,unknown" doc:"known: from browsers of the person. unknown: from all others."`
}

// HeldBack are tries of one hour that were refused.
type HeldBack struct {
	At       time.Time  `json:"at" doc:"When the last of them was."`
	Username string     `json:"username" doc:"The person; empty if there is no such account."`
	Kind     audit.Kind `json:"kind" doc:"What was tried."`
	Reason   string     `json:"reason" enum:"wait,stopped" doc:"wait: the next try has to wait. stopped: no tries are left."`
	Tries    int        `json:"tries" doc:"How many."`
}

// Recovery is a step by which somebody was helped back in.
type Recovery struct {
	At        time.Time  `json:"at" doc:"When it happened."`
	Kind      audit.Kind `json:"kind" doc:"What happened, as in the activity."`
	AccountID *int64     `json:"account_id" doc:"The account's id."`
	Username  string     `json:"username" doc:"The person; empty if the account is deleted."`
	Actor     string     `json:"actor" enum:"person,helper,administrator,operator,system" doc:"Who did it."`
	By        string     `json:"by" doc:"The name of the helper, administrator or system user; may be empty."`
	Reason    string     `json:"reason" doc:"The reason that was given; may be empty."`
}

// KeyReport names the keys of the key file and what was done with them.
type KeyReport struct {
	Present []RingKey  `json:"present" nullable:"false" doc:"The keys of the key file, the one that seals first."`
	Events  []KeyEvent `json:"events" nullable:"false" doc:"The newest first."`
}

// RingKey is a key of the key file.
type RingKey struct {
	ID     string `json:"id" doc:"16 hexadecimal digits."`
	Seals  bool   `json:"seals" doc:"True for the key that seals what is new."`
	Sealed int64  `json:"sealed" doc:"How many second factors it seals."`
}

// KeyEvent is something that was done with a key.
type KeyEvent struct {
	At   time.Time  `json:"at" doc:"When it happened."`
	Kind audit.Kind `json:"kind" doc:"What happened, as in the activity."`
	Key  string     `json:"key" doc:"The key's id; may be empty."`
	By   string     `json:"by" doc:"The system user who ran the command; may be empty."`
}

const (
	// reportList is how long each list of the report is on the page.
	reportList = 100
	// MaxReportDays is how far back a report goes: as long as events are kept.
	MaxReportDays = 400
)

// Report returns the report of the last days.
func (s *Service) Report(ctx context.Context, by auth.Actor, days int) (Report, error) {
	if err := by.Require(account.Administrator); err != nil {
		return Report{}, err
	}
	leave, err := s.enter(ctx, by)
	if err != nil {
		return Report{}, err
	}
	defer leave()
	return s.report(ctx, days, reportList, func(ReportPerson) {})
}

// report makes a report with lists of a length, and calls each with everybody.
func (s *Service) report(ctx context.Context, days, most int, each func(ReportPerson)) (Report, error) {
	if days < 1 || days > MaxReportDays {
		return Report{}, apperr.OfField("days", "not_allowed")
	}
	now := s.Now().UTC()
	r := &reporter{Service: s, most: most, tx: s.DB.Read(ctx)}
	r.MadeAt, r.Since = now, now.AddDate(0, 0, -days)
	for _, part := range []func(context.Context) error{
		r.exceptions, func(ctx context.Context) error { return r.people(ctx, each) }, r.heldBack, r.recoveries, r.keys,
	} {
		if err := part(ctx); err != nil {
			return Report{}, err
		}
	}
	return r.Report, nil
}

// reporter fills in a report, part by part.
type reporter struct {
	*Service
	Report
	tx   *database.Tx
	most int // entries of a list
	// excepted says until when people are excepted from the policies, in Unix ms.
	excepted map[int64]int64
}

// limited returns at most as many entries as the report may list.
func limited[T any](r *reporter, list []T) []T {
	if list == nil {
		return []T{}
	}
	if len(list) > r.most {
		r.Shortened = true
		return list[:r.most]
	}
	return list
}

// WholeReport is the report as it is exported in JSON: with everybody.
type WholeReport struct {
	Report
	Accounts []ReportPerson `json:"accounts"`
}

// ExportReport returns the report of the last days as a file, with everybody, in the
// format csv or json.
func (s *Service) ExportReport(ctx context.Context, by auth.Actor, format string, days int) (Export, error) {
	return s.export(ctx, by, format, "report", audit.ReportExported, func() (contents, error) {
		whole := WholeReport{Accounts: []ReportPerson{}}
		var err error
		whole.Report, err = s.report(ctx, days, MaxEvents, func(p ReportPerson) { whole.Accounts = append(whole.Accounts, p) })
		if err != nil {
			return contents{}, err
		}
		if whole.Shortened {
			return contents{}, apperr.InvalidField("days", "too_many", fmt.Sprintf("A list has more than %d entries. Take fewer days.", MaxEvents))
		}
		return contents{count: whole.People.Total, all: func() any { return whole }, header: reportHeader, rows: whole.rows}, nil
	})
}

// Indented returns an export in JSON with line breaks, for people. Other formats stay.
func (e *Export) Indented() (string, error) {
	if e.Type != "application/json" {
		return e.Content, nil
	}
	text, err := json.MarshalIndent(json.RawMessage(e.Content), "", "  ")
	return string(text) + "\n", err
}
