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

// The model of links for another password, which the operator or a
// helper gives, and of names. A link works once and for an hour. It ends with the epoch, a
// password, a name, a role, the account, and the role of its giver; its use ends all that
// is open and a pause, and signs nobody in.

// modelLink is the link that was given last.
type modelLink struct {
	token       string
	given, ends time.Time
	over        bool
	doubt       bool // its time was over once: the row may be gone
	byHelper    bool // else by the operator
}

// linkWorks says whether the link can be used now.
func (w *model) linkWorks() bool {
	l := w.link
	if l == nil || l.over || w.disabled || !w.now().Before(l.ends) || l.given.After(w.now().Add(5*time.Minute)) {
		return false
	}
	if l.doubt {
		var left int
		w.must(w.operator().db.Read(w.ctx()).Raw("SELECT COUNT(*) FROM account_links WHERE account_id = ?", w.id).Scan(&left).Error)
		l.over, l.doubt = left == 0, false
	}
	return !l.over
}

func (w *model) endLink() {
	if w.link != nil {
		w.link.over = true
	}
}

// change makes a change to the account as the operator does.
func (w *model) change(kind audit.Kind, notice notify.Kind, detail string, do func(tx *database.Tx, a *account.Account) error) error {
	s := w.operator()
	f, err := s.Target(w.ctx(), w.id)
	w.must(err)
	_, err = s.ChangeFor(w.ctx(), auth.Operator, f, auth.Change{Helper: true, Events: []audit.Kind{kind}, Notice: notice, Detail: detail,
		Do: func(_ context.Context, tx *database.Tx) error { return do(tx, f.Account()) }})
	return err
}

func (w *model) giveLink(helper bool) {
	var given auth.NewLink
	s, by, actor := w.operator(), w.actor(helper), ""
	if helper {
		actor = helperName
	}
	f, err := s.Target(w.ctx(), w.id)
	w.must(err)
	_, err = s.ChangeFor(w.ctx(), by, f, auth.Change{Helper: true, Takeover: account.TakeoverPassword, Events: []audit.Kind{audit.LinkGiven}, Notice: notify.LinkGiven,
		Do: func(ctx context.Context, tx *database.Tx) (err error) {
			if f.Account().Disabled() {
				return apperr.Of(apperr.WrongState)
			}
			given, err = s.GiveLink(ctx, tx, by, auth.LinkFor{Kind: account.PasswordLink, Lifetime: time.Hour, Language: "en"}, f.Account())
			return err
		}})
	want := first(
		func() answer { return w.mayAct(helper, true) },
		func() answer { return w.takeover(helper, account.TakeoverPassword) },
		func() answer { return wrongState(w.disabled) },
	)
	if !w.expect(err, want) {
		return
	}
	w.acted(helper, account.TakeoverPassword)
	if w.link != nil {
		w.formerLinks = append(w.formerLinks, w.link.token)
	}
	w.link = &modelLink{token: given.Token, given: w.now(), ends: w.now().Add(time.Hour), byHelper: helper}
	w.tellBy(notify.LinkGiven, actor)
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
	if w.link.byHelper {
		w.tellHelper(notify.AcceptedLink, w.name, "")
	}
	if w.any() && w.pausing.on {
		w.pausing.on = false
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
	w.endHelp()
	w.tell(notify.Renamed, nil)
}

// signInByOtherName tries a name that the account had before, or never.
func (w *model) signInByOtherName(v *visitor) { w.signInAs(v, w.otherName(), w.password) }
