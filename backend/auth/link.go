package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
)

// Welcome is what the page shows to a person with a link, before the password is chosen.
type Welcome struct {
	Kind                  account.LinkKind
	Username, DisplayName string
	EndsAt                time.Time
}

// NewLink is a link to choose a password. Its token is not stored: it is returned once.
type NewLink struct {
	Kind     account.LinkKind
	Token    string // "" = it was mailed
	MailedTo string // "" = it was not
	EndsAt   time.Time
}

// LinkFor says how a link is given.
type LinkFor struct {
	Kind     account.LinkKind
	Lifetime time.Duration
	Language string // of the mail, where the person has chosen none
}

// GiveLinks stores links for accounts that the caller has locked or has just made. A
// former link of an account ends. Where mail is set up, a link is mailed to the
// account's e-mail address, and nobody else sees it.
func (s *Service) GiveLinks(ctx context.Context, tx *database.Tx, by Actor, how LinkFor, accounts ...*account.Account) ([]NewLink, error) {
	now := s.Now()
	given := make([]NewLink, len(accounts))
	links, tokens := make([]account.Link, len(accounts)), make([]string, len(accounts))
	var mails []notify.LinkMail
	for i, a := range accounts {
		salt := notify.NewSalt()
		tokens[i] = s.links.Token(a.ID, salt)
		links[i] = account.Link{AccountID: a.ID, Kind: how.Kind, Epoch: a.Epoch, CreatedAt: now.UnixMilli(),
			ExpiresAt: now.Add(how.Lifetime).UnixMilli(), GivenBy: by.ID()}
		given[i] = NewLink{Kind: how.Kind, Token: tokens[i], EndsAt: links[i].Ends()}
		if s.Mails(a) {
			given[i].Token, given[i].MailedTo = "", a.Email
			mails = append(mails, s.linkMail(by, how, a, salt, now))
		}
	}
	if err := account.ReplaceLinks(ctx, tx, links, tokens); err != nil {
		return nil, err
	}
	return given, notify.SendLinks(ctx, tx, mails...)
}

func (s *Service) linkMail(by Actor, how LinkFor, a *account.Account, salt []byte, now time.Time) notify.LinkMail {
	m := notify.LinkMail{AccountID: a.ID, Kind: notify.InvitationMail, Recipient: a.Email, Language: a.Language, Username: a.Username,
		Actor: by.Name(), Salt: salt, At: now, EndsAt: now.Add(how.Lifetime)}
	if how.Kind == account.PasswordLink {
		m.Kind = notify.PasswordLinkMail
	}
	if m.Language == "" {
		m.Language = how.Language
	}
	return m
}

// A help code ends when
//   - its time is over, another one takes its place, or it was used and the time to enrol is
//     over (package helpcode);
//   - the epoch of the account is raised (endAll);
//   - the account is renamed or deleted, or gets another role, e-mail address or password
//     (EndHelp); a restore ends all of them;
//   - its giver is disabled, deleted, gets another role or loses the second factor
//     (EndHelpGivenBy, and giverOf when it is used and when the new key is bound);
//   - the person refuses it (RefuseHelp).
//
// EndHelp ends the link of an account that the caller has locked, also where its mail was
// not sent yet, its help code, and the session that this has opened.
func EndHelp(ctx context.Context, tx *database.Tx, accountID int64) error {
	return errors.Join(account.EndLink(ctx, tx, accountID), notify.EndLinkMails(ctx, tx, accountID),
		helpcode.End(ctx, tx, accountID), session.EndRecoveries(ctx, tx, accountID))
}

// EndHelpGivenBy ends the links and help codes that somebody has given and that were not
// used yet.
func EndHelpGivenBy(ctx context.Context, tx *database.Tx, accountID int64) error {
	return errors.Join(account.EndLinksGivenBy(ctx, tx, accountID), helpcode.EndGivenBy(ctx, tx, accountID))
}

// GiveLink is GiveLinks for one account. It refuses to mail one more when too many were
// mailed to the account lately.
func (s *Service) GiveLink(ctx context.Context, tx *database.Tx, by Actor, how LinkFor, a *account.Account) (NewLink, error) {
	if s.Mails(a) {
		wait, err := notify.LinkWait(ctx, tx, a.ID, s.Now())
		if err != nil {
			return NewLink{}, err
		}
		if wait > 0 {
			return NewLink{}, &apperr.Error{Code: apperr.MailWait, Message: "Too many links were mailed to this account lately. Wait up to an hour.", Wait: wait}
		}
	}
	given, err := s.GiveLinks(ctx, tx, by, how, a)
	if err != nil {
		return NewLink{}, err
	}
	return given[0], nil
}

// Mails says whether a link for an account is mailed and not shown.
func (s *Service) Mails(a *account.Account) bool { return s.Mail && a.Email != "" }

// LookAtLink says whose link it is, and what for. It uses nothing up.
func (s *Service) LookAtLink(ctx context.Context, token string) (Welcome, error) {
	l, a, err := s.findLink(ctx, s.DB.Read(ctx), token)
	if err != nil {
		return Welcome{}, err
	}
	return Welcome{Kind: l.Kind, Username: a.Username, DisplayName: a.DisplayName, EndsAt: l.Ends()}, nil
}

// findLink returns a link that works now, and its account.
func (s *Service) findLink(ctx context.Context, tx *database.Tx, token string) (*account.Link, *account.Account, error) {
	l, err := account.LinkByToken(ctx, tx, token)
	if err != nil {
		return nil, nil, orLinkEnded(err)
	}
	a, err := account.Find(ctx, tx, l.AccountID)
	if err != nil {
		return nil, nil, orLinkEnded(err)
	}
	_, err = s.requireLink(ctx, tx, l, a)
	return l, a, err
}

// LinkWorks says whether the link with a token can still be used.
func (s *Service) LinkWorks(ctx context.Context, token string) (bool, error) {
	_, _, err := s.findLink(ctx, s.DB.Read(ctx), token)
	if apperr.CodeOf(err) == apperr.LinkEnded {
		return false, nil
	}
	return err == nil, err
}

// OpenLink returns the link of an account that can still be used, nil = none, and the
// user name of its giver, "" = the operator.
func (s *Service) OpenLink(ctx context.Context, tx *database.Tx, a *account.Account) (link *account.Link, giver string, err error) {
	l, err := account.FindLink(ctx, tx, a.ID)
	if errors.Is(err, account.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	switch by, err := s.requireLink(ctx, tx, l, a); {
	case apperr.CodeOf(err) == apperr.LinkEnded:
		return nil, "", nil
	case err != nil:
		return nil, "", err
	case by != nil:
		giver = by.Username
	}
	return l, giver, nil
}

// requireLink refuses a link that has ended, or whose giver may not give it any more.
// It returns the giver, nil = the operator. An invitation is for an account without a
// password, a password link for one with.
//
// A link ends when
//   - it is used, its time is over, or another one takes its place (one row an account);
//   - the epoch of the account is raised (endAll): password, set-up, move, pause, removal
//     of the second factor, disabling and enabling; a restore also deletes every link;
//   - the account is renamed, deleted, or gets another role or e-mail address, also by
//     the person (EndHelp);
//   - its giver is disabled, deleted, gets another role or loses the second factor
//     (EndHelpGivenBy).
func (s *Service) requireLink(ctx context.Context, tx *database.Tx, l *account.Link, a *account.Account) (giver *account.Account, err error) {
	if !l.Counts(a, s.Now()) || a.HasPassword() != (l.Kind == account.PasswordLink) {
		return nil, apperr.Of(apperr.LinkEnded)
	}
	giver, allowed, err := giverOf(ctx, tx, l.GivenBy, a)
	switch {
	case err != nil:
		return nil, err
	case !allowed, l.Kind == account.Invitation && giver != nil && !giver.Admin:
		return nil, apperr.Of(apperr.LinkEnded)
	}
	return giver, nil
}

func orLinkEnded(err error) error {
	if errors.Is(err, account.ErrNotFound) {
		return apperr.Of(apperr.LinkEnded)
	}
	return err
}

// UseLink chooses a password with a link, which works once. Everything that the
// account has open ends. An invitation signs the person in, who has no second factor
// yet; a password link does not (D13): the second factor stays owed. The giver of the
// link is told. The password is hashed only for a link that works.
func (s *Service) UseLink(ctx context.Context, c *Caller, token, typed string) (SignInResult, error) {
	l, a, err := s.findLink(ctx, s.DB.Read(ctx), token)
	if err != nil {
		return SignInResult{}, err
	}
	phc, err := s.hashNew(ctx, c, a.Username, a.DisplayName, typed)
	if err != nil {
		return SignInResult{}, err
	}
	var result SignInResult
	err = s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		result, err = s.spendLink(ctx, tx, c, l, phc)
		return err
	})
	return result, err
}

func (s *Service) spendLink(ctx context.Context, tx *database.Tx, c *Caller, l *account.Link, phc string) (SignInResult, error) {
	now := s.Now()
	a, err := account.Lock(ctx, tx, l.AccountID)
	if err != nil {
		return SignInResult{}, orLinkEnded(err)
	}
	giver, err := s.requireLink(ctx, tx, l, a)
	if err != nil {
		return SignInResult{}, err
	}
	if err := account.SpendLink(ctx, tx, l, a.Epoch, now); err != nil {
		return SignInResult{}, orLinkEnded(err)
	}
	if err := s.setPassword(ctx, tx, a, phc, false); err != nil {
		return SignInResult{}, err
	}
	if err := s.endAll(ctx, tx, a, nil); err != nil {
		return SignInResult{}, err
	}
	if err := s.recordLinkUse(ctx, tx, c, l, a, giver); err != nil {
		return SignInResult{}, err
	}
	if l.Kind != account.Invitation {
		return SignInResult{Next: NextDone}, s.endPauseByLink(ctx, tx, c, a)
	}
	// The former session of this browser ends.
	if err := endFormer(ctx, tx, c); err != nil {
		return SignInResult{}, err
	}
	if a, err = account.Find(ctx, tx, a.ID); err != nil {
		return SignInResult{}, err
	}
	f := Factors{account: a, required: s.RequireTwoFactor}
	if err := s.addObligation(ctx, tx, &f); err != nil {
		return SignInResult{}, err
	}
	return s.openPasswordSession(ctx, tx, c, f, true, now)
}

// endPauseByLink ends a pause with a new password by link. Otherwise the holder of the
// link would sign in without the second factor, which has to stay owed (D13).
func (s *Service) endPauseByLink(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account) error {
	if a.PausedAt == 0 {
		return nil
	}
	if err := account.EndPause(ctx, tx, a.ID); err != nil {
		return err
	}
	self := &Caller{Client: c.Client, Account: a}
	if err := s.recordOK(ctx, tx, self, audit.Resumed); err != nil {
		return err
	}
	return s.notify(ctx, tx, self, notify.Resumed, 0)
}

// recordLinkUse records that a password was chosen with a link, and tells the person
// and the giver, nil = the operator.
func (s *Service) recordLinkUse(ctx context.Context, tx *database.Tx, c *Caller, l *account.Link, a, giver *account.Account) error {
	e := s.event(&Caller{Client: c.Client, Account: a}, audit.LinkUsed, audit.OK)
	e.Reason = string(l.Kind)
	if err := audit.Record(ctx, tx, e); err != nil {
		return err
	}
	told := notify.AcceptedInvitation
	if l.Kind == account.PasswordLink {
		told = notify.AcceptedLink
		if err := s.notify(ctx, tx, &Caller{Client: c.Client, Account: a}, notify.LinkUsed, 0); err != nil {
			return err
		}
	}
	if giver == nil {
		return nil
	}
	return s.notifyGiver(ctx, tx, giver, told, a)
}

// notifyGiver tells the giver of a link or help code what the person did with it.
func (s *Service) notifyGiver(ctx context.Context, tx *database.Tx, giver *account.Account, kind notify.Kind, about *account.Account) error {
	n := notify.Notice{AccountID: giver.ID, Kind: kind, At: s.Now().UnixMilli(), Subject: about.Username}
	return notify.Notify(ctx, tx, n, notify.Reader{Username: giver.Username, Language: giver.Language})
}
