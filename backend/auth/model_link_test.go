package auth_test

import (
	"context"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// The model of links for another password, which the operator gives, and of names. A
// link works once and for an hour. It ends with the epoch, a password, a name, and the
// account; its use ends all that is open and a pause, and signs nobody in.

// modelLink is the link that was given last.
type modelLink struct {
	token       string
	given, ends time.Time
	over        bool
	doubt       bool // its time was over once: the row may be gone
}

// linkWorks says whether the link can be used now.
func (w *model) linkWorks() bool {
	l := w.link
	if l == nil || l.over || w.disabled || !w.now().Before(l.ends) || l.given.After(w.now().Add(5*time.Minute)) {
		return false
	}
	if l.doubt {
		var left int
		w.must(w.operator().db.Read(w.ctx()).Raw("SELECT COUNT(*) FROM account_links").Scan(&left).Error)
		l.over, l.doubt = left == 0, false
	}
	return !l.over
}

func (w *model) endLink() {
	if w.link != nil {
		w.link.over = true
	}
}

// change makes a change to the account as helpers, administrators and the operator do.
func (w *model) change(kind audit.Kind, notice notify.Kind, detail string, do func(tx *database.Tx, a *account.Account) error) error {
	s := w.operator()
	var id int64
	w.must(s.db.Read(w.ctx()).Raw("SELECT id FROM accounts").Scan(&id).Error)
	f, err := s.Target(w.ctx(), id)
	w.must(err)
	_, err = s.ChangeFor(w.ctx(), auth.Operator, f, auth.Change{Helper: true, Events: []audit.Kind{kind}, Notice: notice, Detail: detail,
		Do: func(_ context.Context, tx *database.Tx) error { return do(tx, f.Account()) }})
	return err
}

func (w *model) giveLink() {
	var given auth.NewLink
	err := w.change(audit.LinkGiven, notify.LinkGiven, "", func(tx *database.Tx, a *account.Account) (err error) {
		if a.Disabled() {
			return apperr.Of(apperr.WrongState)
		}
		given, err = w.operator().GiveLink(w.ctx(), tx, auth.Operator, auth.LinkFor{Kind: account.PasswordLink, Lifetime: time.Hour, Language: "en"}, a)
		return err
	})
	if !w.expect(err, wrongState(w.disabled)) {
		return
	}
	if w.link != nil {
		w.formerLinks = append(w.formerLinks, w.link.token)
	}
	w.link = &modelLink{token: given.Token, given: w.now(), ends: w.now().Add(time.Hour)}
	w.tell(notify.LinkGiven, nil)
}

// lookAtLink: a link says whose it is for as long as it works.
func (w *model) lookAtLink() {
	if w.link == nil {
		return
	}
	want := answer{}
	if !w.linkWorks() {
		want = refusal(apperr.LinkEnded)
	}
	shown, err := w.operator().LookAtLink(w.ctx(), w.link.token)
	if w.expect(err, want) && (shown.Username != w.name || shown.Kind != account.PasswordLink || !shown.EndsAt.Equal(w.link.ends)) {
		w.fail("a link shows %+v", shown)
	}
}

func (w *model) useLink(v *visitor) {
	at, c := w.arrive(v)
	token, want := "no link", refusal(apperr.LinkEnded)
	if w.link != nil {
		token = w.link.token
	}
	if w.linkWorks() {
		want = answer{}
	}
	fresh := w.otherPassword()
	r, err := at.UseLink(w.ctx(), c, token, fresh)
	if w.expect(err, want) {
		w.linkUsed(r, fresh)
	}
}

// useFormerLink tries a link that another one has replaced.
func (w *model) useFormerLink(v *visitor) {
	at, c := w.arrive(v)
	for _, token := range append(slices.Clone(w.formerLinks[max(len(w.formerLinks)-2, 0):]), "", "A") {
		w.expect(second(at.UseLink(w.ctx(), c, token, w.otherPassword())), refusal(apperr.LinkEnded))
	}
}

// linkUsed is the model of a password that was chosen with the link.
func (w *model) linkUsed(r auth.SignInResult, fresh string) {
	if r.Issued != (auth.Issued{}) || r.Next != auth.NextDone {
		w.fail("a password link opens something: %+v", r)
	}
	w.choosePassword(fresh, false)
	w.sign.of(w.name).day = &passwordBudget{}
	w.tell(notify.LinkUsed, nil)
	if w.key != nil && w.key.paused {
		w.key.paused = false
		w.tell(notify.Resumed, nil)
	}
	w.endAll(nil)
}

// raceLink uses the link twice at once, in two browsers.
func (w *model) raceLink(v *visitor) {
	w.settleDoubts(v)
	if !w.linkWorks() {
		return
	}
	token, fresh := w.link.token, w.otherPassword()
	w.contest([2]*visitor{v, w.rival(v)}, func(who *contender) error {
		r, err := who.at.UseLink(w.ctx(), who.c, token, fresh)
		who.won = func() { w.linkUsed(r, fresh) }
		return err
	})
}

// otherName is the name that the account does not have now.
func (w *model) otherName() string {
	if w.name == "anna" {
		return "hannah"
	}
	return "anna"
}

func (w *model) rename() {
	name := w.otherName()
	w.must(w.change(audit.Renamed, notify.Renamed, name, func(tx *database.Tx, a *account.Account) error {
		if err := account.SetNames(w.ctx(), tx, a, name, ""); err != nil {
			return err
		}
		return auth.EndHelp(w.ctx(), tx, a.ID)
	}))
	w.name = name
	w.endLink()
	w.tell(notify.Renamed, nil)
}

// signInByOtherName tries a name that the account had before, or never.
func (w *model) signInByOtherName(v *visitor) { w.signInAs(v, w.otherName(), w.password) }
