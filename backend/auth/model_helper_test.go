package auth_test

import (
	"context"
	"net/netip"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// The model of roles. Greta is the second person: a helper or an administrator, in a
// session that has always given both factors just now. What she may do to anna's account
// depends on both roles, and her role ends what she has given. Of two acts that together
// take an account over she may do only one within a day.

// modelHelper is greta.
type modelHelper struct {
	visitor
	id      int64
	role    account.Role
	lastAct account.Takeover // "" = none that still counts
	actedAt time.Time
	told    []toldNotice
}

// toldNotice is a notice that greta gets of what others do.
type toldNotice struct {
	Kind            notify.Kind
	Subject, Detail string
	At              int64
}

const helperName = "greta"

// startHelper makes greta's account, with a second factor.
func (w *model) startHelper() {
	h := &w.helper
	h.client = auth.Client{Address: netip.MustParseAddr("203.0.113.5"), UserAgent: "Firefox", RequestID: "r"}
	w.must(w.operator().CreateUser(w.ctx(), auth.NewUser{Username: helperName, Password: firstPassword}))
	h.id, h.role = w.idOf(helperName), account.Person
	at := w.operator()
	r, err := at.SignIn(w.ctx(), w.helperCaller(), helperName, firstPassword)
	w.must(err)
	w.keep(&h.visitor, r.Issued)
	i, err := at.ChangePassword(w.ctx(), w.helperCaller(), firstPassword, goodPassword)
	w.must(err)
	w.keep(&h.visitor, i)
	w.enrollHelper()
	w.setHelperRole(account.Helper)
	w.retired = nil
}

func (w *model) idOf(name string) (id int64) {
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT id FROM accounts WHERE username = ?", name).Scan(&id).Error)
	return id
}

// enrollHelper gives greta a new phone.
func (w *model) enrollHelper() {
	w.freshenHelper()
	at := w.operator()
	e, err := at.BeginEnrollment(w.ctx(), w.helperCaller())
	w.must(err)
	r, err := at.ConfirmEnrollment(w.ctx(), w.helperCaller(), w.newPhone(e.Secret).code(0), "")
	w.must(err)
	w.keep(&w.helper.visitor, r.Issued)
}

// freshenHelper records that greta has just given both factors. The model moves the clock,
// and a helper whose factors are too old would be refused.
func (w *model) freshenHelper() {
	now := w.now().UnixMilli()
	w.must(w.operator().db.InTx(w.ctx(), func(tx *database.Tx) error {
		return tx.Exec("UPDATE sessions SET created_at = ?, last_seen_at = ?, password_at = ?, code_at = ?, expires_at = ? WHERE account_id = ?",
			now, now, now, now, now+time.Hour.Milliseconds(), w.helper.id).Error
	}))
}

func (w *model) helperCaller() *auth.Caller {
	c, err := w.operator().Resolve(w.ctx(), w.helper.client, w.helper.tokens, true)
	w.must(err)
	return c
}

// actor is who acts on anna's account: greta, or the operator.
func (w *model) actor(helper bool) auth.Actor {
	if !helper {
		return auth.Operator
	}
	w.freshenHelper()
	return auth.By(w.helperCaller())
}

// mayAct is the refusal of an actor whose role is not enough. forHelpers: a helper may do
// it to a person without a role.
func (w *model) mayAct(helper, forHelpers bool) answer {
	switch {
	case !helper, w.helper.role == account.Administrator:
	case w.helper.role == account.Helper && forHelpers && w.role == account.Person:
	default:
		return refusal(apperr.RoleOwed)
	}
	return answer{}
}

// takeover is the refusal of one half of taking the account over.
func (w *model) takeover(helper bool, act account.Takeover) answer {
	if !helper {
		return answer{}
	}
	if a := w.helpStopped(); a != (answer{}) {
		return a
	}
	h := &w.helper
	if wait := h.actedAt.Add(24 * time.Hour).Sub(w.now()); h.lastAct != "" && h.lastAct != act && wait > 0 {
		return answer{code: apperr.ActedLately, wait: wait}
	}
	return answer{}
}

func (w *model) acted(helper bool, act account.Takeover) {
	if helper {
		w.helper.lastAct, w.helper.actedAt = act, w.now()
	}
}

// forgetActs is what the housekeeping does to acts that hold nothing back.
func (w *model) forgetActs() {
	if !w.now().Before(w.helper.actedAt.Add(24 * time.Hour)) {
		w.helper.lastAct = ""
	}
}

func (w *model) tellHelper(kind notify.Kind, subject, detail string) {
	w.helper.told = append(w.helper.told, toldNotice{kind, subject, detail, w.now().UnixMilli()})
}

// tellOfAct is told to greta where both are administrators.
func (w *model) tellOfAct(did string) {
	if w.role == account.Administrator && w.helper.role == account.Administrator {
		w.tellHelper(notify.AdministratorChanged, w.name, did)
	}
}

// lookAtHelper checks what greta was told.
func (w *model) lookAtHelper() {
	var rows []toldNotice
	w.must(w.operator().db.Read(w.ctx()).Raw("SELECT kind, subject, detail, at FROM notices WHERE account_id = ? AND kind IN ? ORDER BY id", w.helper.id,
		[]notify.Kind{notify.AcceptedHelp, notify.AcceptedLink, notify.HelpRefused, notify.RoleOfOther, notify.AdministratorChanged,
			notify.PolicyAdded, notify.PolicyChanged, notify.PolicyDeleted}).Scan(&rows).Error)
	for i := range max(len(rows), len(w.helper.told)) {
		if i >= len(rows) || i >= len(w.helper.told) || rows[i] != w.helper.told[i] {
			w.fail("greta was told %+v, the model says %+v", rows[min(i, len(rows)):], w.helper.told[min(i, len(w.helper.told)):])
		}
	}
}

// giveRole gives an account another role, as package people does.
func (w *model) giveRole(id int64, role account.Role, evenLast bool) error {
	s := w.operator()
	f, err := s.Target(w.ctx(), id)
	w.must(err)
	_, err = s.ChangeFor(w.ctx(), auth.Operator, f, auth.Change{Guarded: true, EvenLast: evenLast || role == account.Administrator,
		Events: []audit.Kind{audit.RoleChanged}, Notice: notify.RoleChanged, Detail: string(role),
		Do: func(ctx context.Context, tx *database.Tx) error {
			a := f.Account()
			if a.Role() == role {
				return apperr.Of(apperr.WrongState)
			}
			if has, err := auth.HasFactor(ctx, tx, id); err != nil || !has && role != account.Person {
				w.must(err)
				return apperr.Of(apperr.FactorMissing)
			}
			w.must(account.SetRole(ctx, tx, a, role, w.now()))
			w.must(auth.EndHelp(ctx, tx, id))
			w.must(auth.EndHelpGivenBy(ctx, tx, id))
			return s.TellOfRole(ctx, tx, auth.Operator, a, role)
		}})
	return err
}

// setHelperRole changes greta's role. What she has given ends, save a help code that has
// opened a session already.
func (w *model) setHelperRole(role account.Role) {
	if !w.expect(w.giveRole(w.helper.id, role, true), wrongState(w.helper.role == role)) {
		return
	}
	w.helper.role = role
	if w.help != nil && w.help.byHelper && w.help.used.IsZero() {
		w.help.over = true
	}
	if w.link != nil && w.link.byHelper {
		w.link.over = true
	}
	if w.role == account.Administrator && !w.disabled {
		w.tellOfRole(role)
	}
}

// setRole changes anna's role. What was given to her ends.
func (w *model) setRole(role account.Role) {
	want := first(
		func() answer {
			if role == account.Administrator {
				return answer{}
			}
			return w.lastAdministrator()
		},
		func() answer { return wrongState(w.role == role) },
		func() answer {
			if role != account.Person && !w.any() {
				return refusal(apperr.FactorMissing)
			}
			return answer{}
		},
	)
	if !w.expect(w.giveRole(w.id, role, false), want) {
		return
	}
	if w.role == account.Person {
		w.staffSince = w.now()
	}
	w.role = role
	w.endHelp()
	w.endLink()
	if w.helper.role == account.Administrator {
		w.tellHelper(notify.RoleOfOther, w.name, string(role))
	}
	w.tell(notify.RoleChanged, nil)
}

// lastAdministrator is the refusal to take the last administrator away.
func (w *model) lastAdministrator() answer {
	if w.role == account.Administrator && !w.disabled && w.helper.role != account.Administrator {
		return refusal(apperr.LastAdministrator)
	}
	return answer{}
}
