package api

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/people"
)

// LinkView is a link that was just given. Its URL is shown once.
type LinkView struct {
	Kind      account.LinkKind `json:"kind" enum:"invitation,password" doc:"What it is for."`
	URL       string           `json:"url" doc:"The link, shown only now; empty = it was mailed."`
	MailedTo  string           `json:"mailed_to" doc:"Where it was mailed; empty = it was not."`
	ExpiresAt string           `json:"expires_at" format:"date-time" doc:"When it ends. It works once."`
}

// InviteRequest lets a person in.
type InviteRequest struct {
	Username    string   `json:"username" doc:"1 to 64 characters. Reasons: empty, too_long, not_allowed, taken."`
	DisplayName string   `json:"display_name" doc:"May be empty. Reasons: too_long, not_allowed."`
	Email       string   `json:"email" doc:"May be empty. Reasons: not_allowed, taken."`
	Groups      []string `json:"groups" nullable:"false" maxItems:"1000" doc:"By name. Reasons: unknown."`
	Hours       int      `json:"hours" doc:"How long the link works, 1 to 720. Reasons: not_allowed."`
	Language    string   `json:"language" enum:"en,de" doc:"Of the mail."`
}

// InviteAnswer is an account that was made.
type InviteAnswer struct {
	ID   int64    `json:"id" doc:"The account's id."`
	Link LinkView `json:"link" doc:"With which the person chooses a password."`
}

// InvitationRequest asks for a new link for an invited person.
type InvitationRequest struct {
	Hours    int    `json:"hours" doc:"How long the link works, 1 to 720. Reasons: not_allowed."`
	Language string `json:"language" enum:"en,de" doc:"Of the mail, unless the person has chosen one."`
}

// PasswordLinkRequest asks for a link to choose another password.
type PasswordLinkRequest struct {
	Language string `json:"language" enum:"en,de" doc:"Of the mail, unless the person has chosen one."`
}

// TableRequest carries a table of people.
type TableRequest struct {
	CSV string `json:"csv" doc:"A table with the header username,name,email,groups, at most 1000 people."`
}

// ImportRequest imports a table of people.
type ImportRequest struct {
	TableRequest
	Hours    int    `json:"hours" doc:"How long the links work, 1 to 720. Reasons: not_allowed."`
	Language string `json:"language" enum:"en,de" doc:"Of the mails."`
}

// TablePerson is a person of a table.
type TablePerson struct {
	Line        int      `json:"line" doc:"In the table; the header is line 1."`
	Username    string   `json:"username" doc:"As the table has it."`
	DisplayName string   `json:"display_name" doc:"As the table has it."`
	Email       string   `json:"email" doc:"As the table has it."`
	Groups      []string `json:"groups" nullable:"false" doc:"As the table has them."`
}

// TableFault is something wrong with a table.
type TableFault struct {
	Line      int    `json:"line" doc:"In the table, the first that has this fault; 0 = the table as a whole."`
	Field     string `json:"field" enum:"file,username,name,email,groups" doc:"Which cell."`
	Reason    string `json:"reason" doc:"not_csv, no_header, no_rows, too_many, too_large, encoding or columns of a file; empty, too_long, not_allowed, taken, duplicate or unknown of a cell."`
	Value     string `json:"value" doc:"What the cell holds, shortened; may be empty."`
	MoreLines int    `json:"more_lines" doc:"How many further lines name the same group that does not exist."`
}

// TablePreview says what an import would do.
type TablePreview struct {
	Rows   int           `json:"rows" doc:"How many people it would make."`
	People []TablePerson `json:"people" nullable:"false" doc:"The first 20 of them."`
	Faults []TableFault  `json:"faults" nullable:"false" doc:"Why it cannot be imported; empty = it can."`
}

// ImportAnswer is what an import has made.
type ImportAnswer struct {
	Count    int    `json:"count" doc:"How many accounts."`
	Mailed   int    `json:"mailed" doc:"How many links were mailed."`
	Filename string `json:"filename" doc:"What to call the table of links."`
	CSV      string `json:"csv" doc:"The links that were not mailed, shown only now."`
}

// shownPeople is how many people a preview shows.
const shownPeople = 20

func (s *server) viewLink(l auth.NewLink) LinkView {
	view := LinkView{Kind: l.Kind, MailedTo: l.MailedTo, ExpiresAt: stamp(l.EndsAt)}
	if l.Token != "" {
		view.URL = s.linkTo(l.Token)
	}
	return view
}

// linkTo is the address of a link.
func (s *server) linkTo(token string) string { return notify.LinkURL(s.base, token) }

func (s *server) invite(ctx context.Context, in *body[InviteRequest]) (*body[InviteAnswer], error) {
	id, link, err := s.People.Invite(ctx, by(ctx), people.Invitation{Username: in.Body.Username, DisplayName: in.Body.DisplayName, Email: in.Body.Email,
		Groups: in.Body.Groups, Lifetime: people.Hours(in.Body.Hours), Language: in.Body.Language})
	if err != nil {
		return nil, err
	}
	return &body[InviteAnswer]{InviteAnswer{id, s.viewLink(link)}}, nil
}

func (s *server) renewInvitation(ctx context.Context, in *forPerson[InvitationRequest]) (*body[LinkView], error) {
	link, err := s.People.Reinvite(ctx, by(ctx), in.ID, people.Hours(in.Body.Hours), in.Body.Language)
	if err != nil {
		return nil, err
	}
	return &body[LinkView]{s.viewLink(link)}, nil
}

func (s *server) givePasswordLink(ctx context.Context, in *forPerson[PasswordLinkRequest]) (*body[LinkView], error) {
	link, err := s.People.GivePasswordLink(ctx, by(ctx), in.ID, in.Body.Language)
	if err != nil {
		return nil, err
	}
	return &body[LinkView]{s.viewLink(link)}, nil
}

func (s *server) checkTable(ctx context.Context, in *body[TableRequest]) (*body[TablePreview], error) {
	rows, faults, err := s.People.Check(ctx, by(ctx), []byte(in.Body.CSV), people.InBrowser)
	if err != nil {
		return nil, err
	}
	view := TablePreview{Rows: len(rows), People: []TablePerson{}, Faults: make([]TableFault, len(faults))}
	for _, p := range rows[:min(len(rows), shownPeople)] {
		if p.Groups == nil {
			p.Groups = []string{}
		}
		view.People = append(view.People, TablePerson{p.Line, p.Username, p.DisplayName, p.Email, p.Groups})
	}
	for i, f := range faults {
		view.Faults[i] = TableFault(f)
	}
	return &body[TablePreview]{view}, nil
}

func (s *server) importTable(ctx context.Context, in *body[ImportRequest]) (*body[ImportAnswer], error) {
	done, err := s.People.Import(ctx, by(ctx), []byte(in.Body.CSV), people.InBrowser, people.Hours(in.Body.Hours), in.Body.Language)
	if err != nil {
		return nil, err
	}
	return &body[ImportAnswer]{ImportAnswer{Count: len(done.People), Mailed: done.Mailed(), Filename: "invitations-" + s.Now().UTC().Format(time.DateOnly) + ".csv",
		CSV: people.ByteOrderMark + done.Table(s.linkTo)}}, nil
}
