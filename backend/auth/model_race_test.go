package auth_test

import (
	"crypto/sha256"
	"sync"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
)

// Races: one code or password is sent by two requests at the same time, through
// both instances. The scheduler chooses which comes first, so the model is told the
// outcome. The test checks that exactly one wins.

// contender is one of two requests.
type contender struct {
	v   *visitor
	at  *instance
	c   *auth.Caller
	err error
	won func() // the model of its success
}

// contest lets two visitors, or one twice, do the same at the same time.
func (w *model) contest(pair [2]*visitor, do func(who *contender) error) {
	var both [2]*contender
	for i, v := range pair {
		_, c := w.arrive(v)
		both[i] = &contender{v: v, at: w.instances[i], c: c}
	}
	var all sync.WaitGroup
	for _, one := range both {
		all.Go(func() { one.err = do(one) })
	}
	all.Wait()
	won := 0
	for _, one := range both {
		switch {
		case one.err == nil:
			won++
			one.won()
		case !lostRace(answerOf(one.err).code):
			w.fail("unexpected in a race: %v", one.err)
		}
	}
	if won != 1 {
		w.fail("%d requests with one code won: %v, %v", won, both[0].err, both[1].err)
	}
	w.learn()
}

// lostRace says whether an answer means that somebody else was faster.
func lostRace(code apperr.Code) bool {
	switch code {
	case apperr.CodeUsed, apperr.PendingEnded, apperr.SignedOut, apperr.PendingKeyEnded, apperr.WrongState, apperr.LinkEnded, apperr.CeremonyEnded:
		return true
	}
	return false
}

// rival is another visitor in the same state, else the visitor again.
func (w *model) rival(v *visitor) *visitor {
	for _, other := range w.visitors {
		if other == v {
			continue
		}
		w.settleDoubts(other)
		if w.state(other) == w.state(v) && w.onlyEnrols(other) == w.onlyEnrols(v) {
			return other
		}
	}
	return v
}

// onlyEnrols says whether a visitor is in with a help code.
func (w *model) onlyEnrols(v *visitor) bool { return w.stands(v.session) && v.session.recovery }

// mayRace says that a code is right and that one more try meets no limit, in either
// order.
func (w *model) mayRace(v *visitor, e entry) bool {
	for _, lane := range w.budgets {
		if lane[e.kind].failures > 2 {
			return false
		}
	}
	return w.judge(v, e) == (answer{}) && (len(w.unknownFailures) < 18 || w.mustChange)
}

func (w *model) raceVerify(v *visitor, name string) {
	w.settleDoubts(v)
	e := entries[name](w)
	if w.state(v) != auth.PendingSecondFactor || !w.mayRace(v, e) {
		return
	}
	w.contest([2]*visitor{v, w.rival(v)}, func(who *contender) error {
		r, err := who.at.VerifySecondFactor(w.ctx(), who.c, e.text)
		who.won = func() { w.verified(who.v, e, r) }
		return err
	})
}

func (w *model) raceProve(v *visitor) {
	w.settleDoubts(v)
	e := entries["code"](w)
	if w.state(v) != auth.SignedIn || v.session.recovery || !w.mayRace(v, e) {
		return
	}
	w.contest([2]*visitor{v, w.rival(v)}, func(who *contender) error {
		i, err := who.at.StepUp(w.ctx(), who.c, auth.StepUpInput{Code: &e.text})
		who.won = func() { w.proved(who.v, e, i) }
		return err
	})
}

// raceProvePassword gives the password twice at once, of which one gets the new
// token.
func (w *model) raceProvePassword(v *visitor) {
	w.settleDoubts(v)
	if w.state(v) != auth.SignedIn || !v.session.backupAt.IsZero() {
		return
	}
	password := w.password
	w.contest([2]*visitor{v, v}, func(who *contender) error {
		i, err := who.at.StepUp(w.ctx(), who.c, auth.StepUpInput{Password: &password})
		who.won = func() {
			w.passwordGiven(v.session)
			w.renewed(v, i, false)
			w.keep(v, i)
		}
		return err
	})
}

func (w *model) raceConfirm(v *visitor) {
	w.settleDoubts(v)
	if w.settled(v, auth.NextSetUp) != (answer{}) {
		return
	}
	if offer := w.offered(v.session); offer == nil || offer.lost || offer.failures > 7 {
		return
	}
	e := w.offerEntry(v, "code")
	w.contest([2]*visitor{v, v}, func(who *contender) error {
		r, err := who.at.ConfirmEnrollment(w.ctx(), who.c, e.text, "")
		who.won = func() { w.bound(who.v, e, r) }
		return err
	})
}

// learn reads what the loser has cost: it depends on who was first.
func (w *model) learn() {
	read := w.operator().db.Read(w.ctx())
	for lane, kinds := range w.budgets {
		for kind, b := range kinds {
			var row struct{ Failures, WaitUntil int64 }
			w.must(read.Raw("SELECT failures, wait_until FROM code_budgets WHERE account_id = ? AND lane = ? AND method = ?", w.id, lane, kind).Scan(&row).Error)
			*b = budget{failures: int(row.Failures), until: time.UnixMilli(row.WaitUntil)}
		}
	}
	for _, v := range w.visitors {
		if w.known(v) {
			hash := sha256.Sum256([]byte(v.tokens.Device))
			w.must(read.Raw("SELECT failures FROM devices WHERE token_hash = ?", hash[:]).Scan(&v.device.misses).Error)
		}
	}
	var times []int64
	w.must(read.Raw("SELECT at FROM audit_events WHERE outcome = 'failed' AND lane = 'unknown' AND kind <> 'code_checked' AND account_id = ?", w.id).Scan(&times).Error)
	w.unknownFailures = nil
	for _, at := range times {
		w.unknownFailures = append(w.unknownFailures, time.UnixMilli(at))
	}
	var suspect int64
	w.must(read.Raw("SELECT suspect_until FROM accounts WHERE id = ?", w.id).Scan(&suspect).Error)
	w.suspectUntil = time.UnixMilli(suspect)
}
