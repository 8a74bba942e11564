package people

import (
	"context"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/group"
)

// Invitation is a person to be let in.
type Invitation struct {
	Username, DisplayName, Email string
	Groups                       []string // names
	Lifetime                     time.Duration
	Language                     string // of the mail
}

// Hours turns a number of hours into a duration. Numbers above 10,000 are cut, so that
// none overflows into the allowed range.
func Hours(n int) time.Duration {
	const most = 10000
	return time.Duration(max(-1, min(n, most))) * time.Hour
}

// checkLifetime refuses a link that works too short or too long.
func checkLifetime(d time.Duration) error {
	if d < account.MinInvitationLifetime || d > account.MaxInvitationLifetime {
		return apperr.InvalidField("hours", "not_allowed", "An invitation works for 1 hour to 30 days.")
	}
	return nil
}

// Invite makes an account without a password and a link with which the person
// chooses one. The role is always person: others follow when there is a second factor.
func (s *Service) Invite(ctx context.Context, by auth.Actor, in Invitation) (id int64, link auth.NewLink, err error) {
	if err := checkLifetime(in.Lifetime); err != nil {
		return 0, auth.NewLink{}, err
	}
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return 0, auth.NewLink{}, err
	}
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		groups, err := groupsByName(ctx, tx, in.Groups)
		if err != nil {
			return err
		}
		a, err := s.CreateAccount(ctx, tx, account.New{Username: in.Username, DisplayName: in.DisplayName, Email: in.Email})
		if err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, s.EventBy(by, a, audit.Invited, nil)); err != nil {
			return err
		}
		if err := s.setGroups(ctx, tx, by, a, groups); err != nil {
			return err
		}
		id = a.ID
		link, err = s.GiveLink(ctx, tx, by, auth.LinkFor{Kind: account.Invitation, Lifetime: in.Lifetime, Language: in.Language}, a)
		return err
	})
	return id, link, err
}

// Reinvite gives a new link to a person who was invited. The former one ends.
func (s *Service) Reinvite(ctx context.Context, by auth.Actor, id int64, lifetime time.Duration, language string) (link auth.NewLink, err error) {
	if err := checkLifetime(lifetime); err != nil {
		return auth.NewLink{}, err
	}
	err = s.change(ctx, by, id, func(f auth.Factors) auth.Change {
		return auth.Change{Events: []audit.Kind{audit.Invited}, Do: func(ctx context.Context, tx *database.Tx) error {
			if stateOf(f.Account()) != Invited {
				return apperr.New(apperr.WrongState, "The person has chosen a password already, or the account is disabled.")
			}
			link, err = s.GiveLink(ctx, tx, by, auth.LinkFor{Kind: account.Invitation, Lifetime: lifetime, Language: language}, f.Account())
			return err
		}}
	})
	return link, err
}

// Imported is what an import has made.
type Imported struct {
	People []Invitee
	Links  []auth.NewLink // of the people, in their order

	separator rune // of the table
}

// Import makes all accounts of a table, or none. A table with faults is refused: Check says which.
func (s *Service) Import(ctx context.Context, by auth.Actor, table []byte, most Limits, lifetime time.Duration, language string) (Imported, error) {
	if err := checkLifetime(lifetime); err != nil {
		return Imported{}, err
	}
	if err := s.RequireFresh(by, account.Administrator); err != nil {
		return Imported{}, err
	}
	people, faults := parseTable(table, most)
	var done Imported
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.LockActor(ctx, tx, by, account.Administrator); err != nil {
			return err
		}
		more, groups, err := s.findFaults(ctx, tx, people)
		if err != nil {
			return err
		}
		if len(faults)+len(more) > 0 {
			return errFaults()
		}
		done = Imported{People: people, separator: separatorOf(table)}
		done.Links, err = s.importAll(ctx, tx, by, people, groups, auth.LinkFor{Kind: account.Invitation, Lifetime: lifetime, Language: language})
		if apperr.CodeOf(err) == apperr.Invalid {
			return database.ErrConflict // another one has taken a name since: all is checked again
		}
		return err
	})
	return done, err
}

func errFaults() error {
	return apperr.InvalidField("csv", "faults", "The table has faults. Nothing was imported.")
}

func (s *Service) importAll(ctx context.Context, tx *database.Tx, by auth.Actor, people []Invitee, groups map[string]int64, how auth.LinkFor) ([]auth.NewLink, error) {
	accounts := make([]*account.Account, len(people))
	for i := range people {
		accounts[i] = account.NewInvited(people[i].names, s.Now())
	}
	if err := s.CreateAccounts(ctx, tx, accounts); err != nil {
		return nil, err
	}
	var events []audit.Event
	members := map[string][]int64{}
	for i, a := range accounts {
		events = append(events, s.EventBy(by, a, audit.Invited, nil))
		for _, name := range people[i].Groups {
			members[name] = append(members[name], a.ID)
			events = append(events, s.EventBy(by, a, audit.GroupJoined, map[string]any{"group": name}))
		}
	}
	for name, ids := range members {
		if _, err := group.Join(ctx, tx, groups[name], ids, s.Now()); err != nil {
			return nil, err
		}
	}
	total := s.EventBy(by, nil, audit.Imported, nil)
	total.Count = len(people)
	if err := audit.Record(ctx, tx, append(events, total)...); err != nil {
		return nil, err
	}
	return s.GiveLinks(ctx, tx, by, how, accounts...)
}

// Check returns the people of a table who have no fault, and its faults, without
// changing anything.
func (s *Service) Check(ctx context.Context, by auth.Actor, table []byte, most Limits) ([]Invitee, []Fault, error) {
	if err := by.Require(account.Administrator); err != nil {
		return nil, nil, err
	}
	people, faults := parseTable(table, most)
	more, _, err := s.findFaults(ctx, s.DB.Read(ctx), people)
	faults = append(faults, more...)
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Line - b.Line })
	return slices.DeleteFunc(people, func(p Invitee) bool { return p.faulty }), faults, err
}

// findFaults finds what the database says against a table: names and addresses that
// are taken, and groups that do not exist. It marks the people who have such a fault,
// and returns the ids of the groups that exist.
func (s *Service) findFaults(ctx context.Context, tx *database.Tx, people []Invitee) ([]Fault, map[string]int64, error) {
	var names, emails, groups []string
	for i := range people {
		if folded := people[i].names.UsernameFolded; folded != "" {
			names = append(names, folded)
		}
		if key := people[i].names.EmailKey; key != nil {
			emails = append(emails, *key)
		}
		groups = append(groups, people[i].Groups...)
	}
	takenNames, takenEmails, err := account.Taken(ctx, tx, names, emails)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(groups)
	ids, err := group.IDs(ctx, tx, slices.Compact(groups))
	if err != nil {
		return nil, nil, err
	}
	var faults []Fault
	takenName, takenEmail := setOf(takenNames), setOf(takenEmails)
	for i := range people {
		p := &people[i]
		if takenName[p.names.UsernameFolded] {
			p.faulty = true
			faults = append(faults, Fault{Line: p.Line, Field: "username", Reason: "taken", Value: p.Username})
		}
		if p.names.EmailKey != nil && takenEmail[*p.names.EmailKey] {
			p.faulty = true
			faults = append(faults, Fault{Line: p.Line, Field: "email", Reason: "taken", Value: p.Email})
		}
	}
	missing := missingGroups(people, ids)
	return append(faults[:min(len(faults), MaxFaults)], missing[:min(len(missing), MaxFaults)]...), ids, nil
}

// missingGroups returns the groups that a table names and that do not exist, and marks
// the people who name one.
func missingGroups(people []Invitee, ids map[string]int64) (faults []Fault) {
	at := map[string]int{} // where a name stands among the faults
	for i := range people {
		p := &people[i]
		for _, name := range p.Groups {
			if _, exists := ids[name]; exists {
				continue
			}
			p.faulty = true
			if first, told := at[name]; told {
				faults[first].MoreLines++
				continue
			}
			at[name] = len(faults)
			faults = append(faults, Fault{Line: p.Line, Field: "groups", Reason: "unknown", Value: cutCell(name)})
		}
	}
	return faults
}

func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, one := range list {
		set[one] = true
	}
	return set
}

// Mailed is how many links were mailed.
func (i *Imported) Mailed() (n int) {
	for _, l := range i.Links {
		if l.MailedTo != "" {
			n++
		}
	}
	return n
}

// Table lists the people with their links in CSV, with the separator of the table that
// was imported. The link of a person to whom it was mailed is left out.
func (i *Imported) Table(linkTo func(token string) string) string {
	rows := make([][]string, len(i.People))
	for n, p := range i.People {
		link, l := "", i.Links[n]
		if l.Token != "" {
			link = linkTo(l.Token)
		}
		rows[n] = []string{p.Username, p.DisplayName, p.Email, link, l.EndsAt.Format(time.RFC3339)}
	}
	return WriteTable(i.separator, []string{"username", "name", "email", "link", "valid_until"}, rows)
}
