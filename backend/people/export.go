package people

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
)

// Export is a list as a file.
type Export struct {
	Filename, Type, Content string
}

// Exported is one person in JSON. Times are in UTC, RFC 3339; null = never.
type Exported struct {
	ID              int64        `json:"id"`
	Username        string       `json:"username"`
	DisplayName     string       `json:"display_name"`
	Email           string       `json:"email"`
	Role            account.Role `json:"role"`  // person, helper or administrator
	State           State        `json:"state"` // enabled, disabled or invited
	Groups          []string     `json:"groups"`
	TwoFactor       SecondFactor `json:"two_factor"` // none, enabled, paused, dead, unreadable or elsewhere
	Factors         FactorKinds  `json:"factors"`    // of app, passkey and hardware_key
	BackupCodesLeft int          `json:"backup_codes_left"`
	CreatedAt       time.Time    `json:"created_at"`
	LastSignInAt    *time.Time   `json:"last_sign_in_at"`
}

// Export returns the person as it is exported.
func (p *Person) Export() Exported {
	e := Exported{ID: p.ID, Username: p.Username, DisplayName: p.DisplayName, Email: p.Email, Role: p.Role(), State: p.State, Groups: p.Groups,
		TwoFactor: p.SecondFactor, Factors: p.Factors, BackupCodesLeft: p.CodesLeft, CreatedAt: p.Created().UTC()}
	if e.Groups == nil {
		e.Groups = []string{}
	}
	if e.Factors == nil {
		e.Factors = FactorKinds{}
	}
	if at := p.LastSignIn(); !at.IsZero() {
		e.LastSignInAt = &at
	}
	return e
}

var exportHeader = []string{"username", "name", "email", "role", "state", "groups", "two_factor", "factors", "backup_codes_left", "created_at", "last_sign_in_at"}

func (e *Exported) cells() []string {
	last := ""
	if e.LastSignInAt != nil {
		last = e.LastSignInAt.Format(time.RFC3339)
	}
	return []string{e.Username, e.DisplayName, e.Email, string(e.Role), string(e.State), strings.Join(e.Groups, " "), string(e.TwoFactor), e.Factors.String(),
		strconv.Itoa(e.BackupCodesLeft), e.CreatedAt.Format(time.RFC3339), last}
}

// Export returns a whole list as a file, in the format csv or json.
func (s *Service) Export(ctx context.Context, by auth.Actor, format string, q Query) (Export, error) {
	return s.export(ctx, by, format, "people", audit.Exported, func() (contents, error) {
		all := []Exported{}
		q.After = ""
		err := s.Each(ctx, by, q, func(p Person) error {
			all = append(all, p.Export())
			return nil
		})
		return contents{count: len(all), all: func() any { return all }, header: exportHeader, rows: func(t *table) {
			for i := range all {
				t.add(all[i].cells()...)
			}
		}}, err
	})
}

// contents are what an export holds: a value for JSON, and a table. Only the one that is wanted is made.
type contents struct {
	count  int
	all    func() any
	header []string
	rows   func(t *table)
}

// export reads what is to be exported, records it, and makes the file. It is a change in
// so far as it is recorded and needs a step-up: it takes everybody's data out. One export
// runs at a time.
func (s *Service) export(ctx context.Context, by auth.Actor, format, name string, kind audit.Kind, read func() (contents, error)) (Export, error) {
	if format != "csv" && format != "json" {
		return Export{}, apperr.OfField("format", "not_allowed")
	}
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return Export{}, err
	}
	if !s.exporting.TryLock() {
		return Export{}, &apperr.Error{Code: apperr.Busy, Wait: time.Second}
	}
	defer s.exporting.Unlock()
	held, err := read()
	if err != nil {
		return Export{}, err
	}
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		e := s.EventBy(by, nil, kind, nil)
		e.Count = held.count
		return audit.Record(ctx, tx, e)
	})
	if err != nil {
		return Export{}, err
	}
	return held.file(name+"-"+s.Now().UTC().Format(time.DateOnly)+"."+format, format)
}

func (c *contents) file(name, format string) (Export, error) {
	if format == "json" {
		content, err := json.Marshal(c.all())
		return Export{name, "application/json", string(content)}, err
	}
	t := newTable(',', c.header)
	c.rows(t)
	return Export{name, "text/csv; charset=utf-8", ByteOrderMark + t.String()}, nil
}
