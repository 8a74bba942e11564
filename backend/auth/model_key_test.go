package auth_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// The model of passkeys and hardware keys. A session or pending sign-in keeps one request to
// a key, for five minutes, which one answer spends. Ten wrong answers in a row end it, and no
// budget counts them. A key is phishing-resistant 72 hours after it was added, at once in a
// session that a help code has opened or after one that is. What changes the factors asks for
// the strongest one: a key that is, else the app, else any; without a key that is, the app
// goes only with a backup code. A first key ends all other sessions and one beside other
// factors none; removing one ends all others, and with the last factor everything goes. Until
// it is 72 hours old every session but the one that added it may refuse it, where a factor is
// left; backup codes that were made since an hour before go with it.

// modelOwnKey is a key that was added.
type modelOwnKey struct {
	*ownKey
	added, resistantAt time.Time
	by                 *modelSession
	name               string
}

// detail is what notices of the key say of it.
func (k *modelOwnKey) detail() string { return string(k.kind) + ":" + k.name }

// modelGiven says when a session was last given what, and what was given last.
type modelGiven struct {
	codeAt, backupCodeAt, keyAt, resistantAt time.Time
	factor                                   string
}

// add takes over what was given now.
func (g *modelGiven) add(now modelGiven) {
	for at, later := range map[*time.Time]time.Time{&g.codeAt: now.codeAt, &g.backupCodeAt: now.backupCodeAt, &g.keyAt: now.keyAt, &g.resistantAt: now.resistantAt} {
		if !later.IsZero() {
			*at = later
		}
	}
	if now.factor != "" {
		g.factor = now.factor
	}
}

// modelAsked is the request to a key that a session or pending sign-in keeps.
type modelAsked struct {
	asked   *modelCeremony // nil = none
	refused int            // wrong answers in a row
}

type modelCeremony struct {
	begun     time.Time
	options   string
	making    bool
	kind      passkey.Kind
	confirmed bool // after a key that is phishing-resistant
	allowed   []*modelOwnKey
	ends      time.Time
}

// how a key answers.
type how int

const (
	right   how = iota
	forged      // with another private key
	changed     // on several devices by now
)

// any says whether there is a second factor.
func (w *model) any() bool { return w.key != nil || len(w.keys) > 0 }

func (w *model) codeGiven(kind throttle.Method) modelGiven {
	given := modelGiven{codeAt: w.now(), factor: string(kind)}
	if kind == throttle.BackupCode {
		given.backupCodeAt = w.now()
	}
	return given
}

func (w *model) keyGiven(k *modelOwnKey) modelGiven {
	given := modelGiven{keyAt: w.now(), factor: string(k.kind)}
	if w.resistant(k) {
		given.resistantAt = w.now()
	}
	return given
}

func (w *model) resistant(k *modelOwnKey) bool { return !w.now().Before(k.resistantAt) }

// strongest is what a change of the factors asks for.
func (w *model) strongest() string {
	switch {
	case slices.ContainsFunc(w.keys, w.resistant):
		return "key"
	case w.key != nil && len(w.keys) > 0:
		return "app_code"
	}
	return "code"
}

// newestKey is the key that was added last, else one that was removed, else one that
// nobody has added.
func (w *model) newestKey() *modelOwnKey {
	for _, keys := range [][]*modelOwnKey{w.keys, w.former} {
		if len(keys) > 0 {
			return keys[len(keys)-1]
		}
	}
	return &modelOwnKey{ownKey: &ownKey{Key: newOwnKey(passkey.Passkey).Key, kind: passkey.Passkey, id: 1 << 40}}
}

func (w *model) oldestKey() *modelOwnKey {
	if len(w.keys) > 0 {
		return w.keys[0]
	}
	return w.newestKey()
}

// formerKey is the key that was removed last, else one that nobody has added.
func (w *model) formerKey() *modelOwnKey {
	if len(w.former) > 0 {
		return w.former[len(w.former)-1]
	}
	k := newOwnKey(passkey.Passkey)
	k.id = 1 << 40
	return &modelOwnKey{ownKey: k}
}

func (w *model) dropOwnKeys() {
	w.former = append(w.former, w.keys...)
	w.keys = nil
}

// resistantFrom is from when a key of the account is phishing-resistant, false = none will be.
func (w *model) resistantFrom() (from time.Time, ok bool) {
	for _, k := range w.keys {
		if !ok || k.resistantAt.Before(from) {
			from, ok = k.resistantAt, true
		}
	}
	return from, ok
}

// outgrown says whether a key has become phishing-resistant since that time, the first of all.
func (w *model) outgrown(begun time.Time) bool {
	from, ok := w.resistantFrom()
	return ok && !w.now().Before(from) && begun.Before(from)
}

// keeper is the session or pending sign-in that holds the request to a visitor's key, nil =
// there is no request.
func (w *model) keeper(v *visitor) *modelAsked {
	switch {
	case w.stands(v.session):
		return &v.session.modelAsked
	case w.waits(v.pending):
		return &v.pending.modelAsked
	}
	return nil
}

// askFor begins the use of a key of a kind.
func (w *model) askFor(v *visitor, k *modelOwnKey) {
	at, c := w.arrive(v)
	allowed := slices.DeleteFunc(slices.Clone(w.keys), func(other *modelOwnKey) bool { return other.kind != k.kind })
	want := answer{}
	if w.state(v) != auth.PendingSecondFactor {
		want = first(
			func() answer { return w.signedIn(v) },
			func() answer { return wrongState(v.session.recovery) },
		)
	}
	if want == (answer{}) {
		want = wrongState(len(allowed) == 0)
	}
	options, err := at.AskKey(w.ctx(), c, k.kind, false)
	if w.expect(err, want) {
		w.keeper(v).asked = &modelCeremony{options: string(options), kind: k.kind, allowed: allowed, ends: w.now().Add(5 * time.Minute)}
	}
}

// makeKey begins the making of a key.
func (w *model) makeKey(v *visitor, kind passkey.Kind) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v, auth.NextSetUp) },
		func() answer { return w.stepUp(v, true) },
		func() answer { return w.roomForKey(v) },
	)
	options, err := at.MakeKey(w.ctx(), c, kind)
	if w.expect(err, want) {
		v.session.asked = &modelCeremony{options: string(options), making: true, kind: kind, begun: w.now(), confirmed: w.fresh(v.session.resistantAt), ends: w.now().Add(5 * time.Minute)}
	}
}

func (w *model) roomForKey(v *visitor) answer {
	if len(w.keys) >= 20 && !v.session.recovery {
		return refusal(apperr.TooManyKeys)
	}
	return answer{}
}

// options are what a key is asked, or something that nobody has asked.
func (a *modelAsked) options() string {
	if a == nil || a.asked == nil {
		return `{"challenge":"bm90aGluZyB3YXMgYXNrZWQ"}`
	}
	return a.asked.options
}

// spendCeremony returns the request that an answer spends, nil = none counts now.
func (w *model) spendCeremony(a *modelAsked) *modelCeremony {
	if a.asked == nil || !w.now().Before(a.asked.ends) || a.asked.ends.After(w.now().Add(10*time.Minute)) {
		return nil
	}
	spent := a.asked
	a.asked = nil
	return spent
}

// respond lets a key answer what the visitor was asked.
func (w *model) respond(v *visitor, k *modelOwnKey, h how) json.RawMessage {
	same := k.copy()
	same.Forged, same.BackupEligible = h == forged, h == changed
	return json.RawMessage(same.Use(w.keeper(v).options()))
}

// judgeAnswer is the answer to a key's answer where one is taken.
func (w *model) judgeAnswer(v *visitor, k *modelOwnKey, h how) answer {
	if len(w.keys) == 0 {
		return refusal(apperr.WrongState)
	}
	a := w.keeper(v)
	spent := w.spendCeremony(a)
	gone := func(other *modelOwnKey) bool { return !slices.Contains(w.keys, other) }
	switch {
	case spent == nil:
		return refusal(apperr.CeremonyEnded)
	case spent.making:
		return w.refuseAnswer(v, apperr.KeyRefused)
	case gone(k):
		return w.refuseAnswer(v, apperr.KeyUnknown)
	case h == forged, !slices.Contains(spent.allowed, k), slices.ContainsFunc(spent.allowed, gone):
		return w.refuseAnswer(v, apperr.KeyRefused)
	case h == changed:
		return refusal(apperr.KeyChanged)
	}
	return answer{}
}

// refuseAnswer counts a wrong answer; the tenth in a row ends the session or sign-in.
func (w *model) refuseAnswer(v *visitor, code apperr.Code) answer {
	a := w.keeper(v)
	if a.refused++; a.refused < 10 {
		return refusal(code)
	}
	if w.stands(v.session) {
		v.session.over = true
		w.sweep()
		return refusal(apperr.SignedOut)
	}
	v.pending.over = true
	return refusal(apperr.PendingEnded)
}

func (w *model) verifyKey(v *visitor, k *modelOwnKey, h how) {
	at, c := w.arrive(v)
	sent := w.respond(v, k, h)
	want := first(
		func() answer { return w.pendingOwed(v) },
		func() answer { return w.judgeAnswer(v, k, h) },
	)
	r, err := at.VerifyKey(w.ctx(), c, sent)
	if w.expect(err, want) {
		w.keyVerified(v, k, r)
	}
}

// keyVerified is the model of a key that completes a sign-in.
func (w *model) keyVerified(v *visitor, k *modelOwnKey, r auth.VerifyResult) {
	w.keep(v, r.Issued)
	w.completed(v, w.keyGiven(k))
	w.expectNext(r.Next, w.next())
}

// proveKey gives a key in a session, after a password where there is one.
func (w *model) proveKey(v *visitor, typed *string, k *modelOwnKey, h how) {
	at, c := w.arrive(v)
	sent := w.respond(v, k, h)
	want := first(
		func() answer { return w.signedIn(v) },
		func() answer { return wrongState(v.session.recovery) },
		func() answer { return w.passwordProof(v, typed) },
		func() answer { return w.judgeAnswer(v, k, h) },
	)
	i, err := at.StepUp(w.ctx(), c, auth.StepUpInput{Password: typed, Key: sent})
	if !w.expect(err, want) {
		return
	}
	if typed != nil {
		w.passwordGiven(v.session)
	}
	w.keyProved(v, k, i)
}

// keyProved is the model of a key that was given in a session.
func (w *model) keyProved(v *visitor, k *modelOwnKey, i auth.Issued) {
	w.renewed(v, i, true)
	w.keep(v, i)
	w.promote(v.session, w.keyGiven(k))
}

func (w *model) enableWithKey(v *visitor, k *modelOwnKey, h how) {
	at, c := w.arrive(v)
	sent := w.respond(v, k, h)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(!w.paused()) },
		func() answer { return w.judgeAnswer(v, k, h) },
	)
	i, err := at.EnableWithKey(w.ctx(), c, sent)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.pausing.on = false
	w.promote(v.session, w.keyGiven(k))
	w.tell(notify.Resumed, v.session)
	w.endAll(v.session)
}

// addKey sends the answer of a new key.
func (w *model) addKey(v *visitor) {
	at, c := w.arrive(v)
	k := &modelOwnKey{ownKey: newOwnKey(passkey.Passkey)}
	if a := w.keeper(v); a != nil && a.asked != nil {
		k.kind = a.asked.kind
	}
	k.Unverified = k.kind == passkey.HardwareKey
	sent := json.RawMessage(k.Make(w.keeper(v).options()))
	var spent *modelCeremony
	want := first(
		func() answer { return w.settled(v, auth.NextSetUp) },
		func() answer {
			before := v.session.asked
			if spent = w.spendCeremony(&v.session.modelAsked); spent == nil {
				return refusal(apperr.CeremonyEnded)
			}
			if w.outgrown(spent.begun) && !v.session.recovery && spent.making {
				return refusal(apperr.CeremonyEnded)
			}
			full := w.roomForKey(v)
			if full == (answer{}) && !spent.making {
				return refusal(apperr.KeyRefused)
			}
			if full == (answer{}) && v.session.recovery && !w.mayEnroll() {
				full = refusal(apperr.SignedOut)
			}
			if full != (answer{}) { // nothing is stored then
				v.session.asked = before
			}
			return full
		},
	)
	added, err := at.AddKey(w.ctx(), c, sent)
	if w.expect(err, want) {
		w.keyAdded(v, k, spent, added)
	}
}

// keyAdded is the model of a new key.
func (w *model) keyAdded(v *visitor, k *modelOwnKey, spent *modelCeremony, added auth.NewKey) {
	s, isFirst := v.session, v.session.recovery || !w.any()
	if added.First != isFirst || added.Kind != spent.kind {
		w.fail("the new key is %+v", added)
	}
	k.id, k.name, k.added, k.by, k.resistantAt = added.ID, added.Name, w.now(), s, w.now().Add(72*time.Hour)
	if spent.confirmed || s.recovery {
		k.resistantAt = w.now()
	}
	if s.recovery {
		w.dropOwnKeys()
		if w.key != nil {
			w.oldPhone = w.key.phone
		}
		w.key, s.backupAt = nil, time.Time{}
		w.recovered(s)
	}
	given := w.keyGiven(k)
	if isFirst {
		w.renewedByChange(v, added.Issued)
		w.endAll(s)
	} else {
		w.renewedAlone(v, added.Issued)
		given.factor = "" // it was made, not used
	}
	w.pausing = modelPause{}
	w.keys = append(w.keys, k)
	w.promote(s, given)
	w.tellOfKey(notify.PasskeyAdded, s, k)
}

func (w *model) tellOfKey(kind notify.Kind, s *modelSession, k *modelOwnKey) {
	w.addNotice(&modelNotice{kind: kind, at: w.now(), by: s, says: k.detail()})
}

// renewedAlone checks that a change gives the session a new token and leaves its device.
func (w *model) renewedAlone(v *visitor, i auth.Issued) {
	if i.Session == nil || *i.Session == v.tokens.Session || i.Device != nil {
		w.fail("a change renews the session: %v, the device: %v", i.Session != nil, i.Device != nil)
	}
	w.keep(v, i)
}

// takeKeyAway removes one key.
func (w *model) takeKeyAway(v *visitor, k *modelOwnKey) {
	at, c := w.arrive(v)
	last := w.key == nil && len(w.keys) == 1
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(!w.any()) },
		func() answer { return w.stepUp(v, false) },
		func() answer { return w.missing(k) },
		func() answer {
			if last {
				return w.free()
			}
			return answer{}
		},
	)
	i, err := at.RemoveKey(w.ctx(), c, k.id)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	if last {
		v.session.backupAt, v.session.resistantAt = time.Time{}, time.Time{}
		w.dropKey()
		w.tell(notify.KeyRemoved, v.session)
	} else {
		w.dropOwnKey(k, v.session)
		w.tellOfKey(notify.PasskeyRemoved, v.session, k)
	}
	w.endAll(v.session)
}

func (w *model) missing(k *modelOwnKey) answer {
	if !slices.Contains(w.keys, k) {
		return refusal(apperr.NotFound)
	}
	return answer{}
}

// dropOwnKey is the model of one key that a session removes. Where none is left that is
// phishing-resistant, the session has given none.
func (w *model) dropOwnKey(k *modelOwnKey, s *modelSession) {
	w.former = append(w.former, k)
	w.keys = slices.DeleteFunc(w.keys, func(other *modelOwnKey) bool { return other == k })
	if !slices.ContainsFunc(w.keys, w.resistant) {
		s.resistantAt = time.Time{}
	}
}

func (w *model) removeApp(v *visitor) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.settled(v) },
		func() answer { return wrongState(!w.any()) },
		func() answer { return w.stepUp(v, false) },
		func() answer { return wrongState(w.key == nil || len(w.keys) == 0) },
		func() answer {
			if !slices.ContainsFunc(w.keys, w.resistant) && !w.fresh(v.session.backupCodeAt) {
				return answer{code: apperr.StepUpOwed, need: "key"}
			}
			return answer{}
		},
	)
	i, err := at.RemoveApp(w.ctx(), c)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.oldPhone, w.key = w.key.phone, nil
	w.forgetKind(throttle.App)
	w.tell(notify.AppRemoved, v.session)
	w.endAll(v.session)
}

// refusable says whether a session may say that somebody else has added a key.
func (w *model) refusable(v *visitor, k *modelOwnKey) bool {
	return slices.Contains(w.keys, k) && w.now().Sub(k.added) < 72*time.Hour && k.by != v.session && (w.key != nil || len(w.keys) > 1)
}

// refuseKey says that somebody else has added a key.
func (w *model) refuseKey(v *visitor, k *modelOwnKey) {
	at, c := w.arrive(v)
	want := first(
		func() answer { return w.mayRefuseHelp(v) },
		func() answer { return w.missing(k) },
		func() answer { return wrongState(!w.refusable(v, k)) },
		func() answer {
			if w.resistant(k) {
				return w.stepUp(v, false)
			}
			return w.passwordOwed(v)
		},
	)
	i, err := at.RefuseKey(w.ctx(), c, k.id)
	if !w.expect(err, want) {
		return
	}
	w.renewedByChange(v, i)
	w.dropOwnKey(k, v.session)
	if w.set != nil && !w.set.made.Before(k.added.Add(-time.Hour)) {
		w.sheet, w.used, w.replaced, w.set = nil, nil, nil, nil
		w.forgetKind(throttle.BackupCode)
	}
	w.tellOfKey(notify.PasskeyRefused, v.session, k)
	w.endAll(v.session)
}

func (w *model) renameKey(v *visitor, k *modelOwnKey) {
	at, c := w.arrive(v)
	name := "blue"
	if k.name == name {
		name = ""
	}
	want := first(
		func() answer { return w.withFactor(v) },
		func() answer { return w.missing(k) },
	)
	if w.expect(at.RenameKey(w.ctx(), c, k.id, name), want) {
		k.name = name
	}
}

// raceKey gives one answer of a key twice at once.
func (w *model) raceKey(v *visitor) {
	w.settleDoubts(v)
	pending := w.state(v) == auth.PendingSecondFactor
	if len(w.keys) == 0 || !pending && (w.state(v) != auth.SignedIn || v.session.recovery) {
		return
	}
	k := w.newestKey()
	w.askFor(v, k)
	sent := w.respond(v, k, right)
	w.keeper(v).asked = nil
	w.contest([2]*visitor{v, v}, func(who *contender) error {
		if pending {
			r, err := who.at.VerifyKey(w.ctx(), who.c, sent)
			who.won = func() { w.keyVerified(v, k, r) }
			return err
		}
		i, err := who.at.StepUp(w.ctx(), who.c, auth.StepUpInput{Key: sent})
		who.won = func() { w.keyProved(v, k, i) }
		return err
	})
}

// lateAnswers are answers of keys that arrive after their session has ended.
func (w *model) lateAnswers(v *visitor) (used, made json.RawMessage) {
	k := w.newestKey()
	if len(w.keys) > 0 && !v.session.recovery {
		w.askFor(v, k)
	}
	used = w.respond(v, k, right)
	return used, json.RawMessage(newOwnKey(passkey.Passkey).Make(w.keeper(v).options()))
}

// compareGiven holds what a session was given against the model.
func (w *model) compareGiven(v *visitor, s *session.Session) {
	for _, at := range []struct {
		stored int64
		want   time.Time
	}{{s.CodeAt, v.session.codeAt}, {s.BackupCodeAt, v.session.backupCodeAt}, {s.KeyAt, v.session.keyAt}, {s.ResistantAt, v.session.resistantAt}} {
		if want := max(at.want.UnixMilli(), 0); at.stored != want {
			w.fail("%s has given %+v, the model says %+v", v.name, s, v.session.modelGiven)
		}
	}
	if s.Factor != v.session.factor {
		w.fail("%s has given %q last, the model says %q", v.name, s.Factor, v.session.factor)
	}
}

// lookAtWays: everybody sees the ways that the account has, and which new keys may be refused.
func (w *model) lookAtWays(v *visitor, at *instance, c *auth.Caller) {
	ways, err := at.Ways(w.ctx(), c)
	w.must(err)
	var seen, want []string
	for _, way := range ways {
		seen = append(seen, strings.TrimSpace(way.Factor+map[bool]string{true: "!"}[way.Resistant]))
	}
	if w.state(v) != auth.Anonymous && !w.onlyEnrols(v) {
		if w.key != nil {
			want = append(want, "totp")
		}
		for _, kind := range passkey.Kinds() {
			of := slices.DeleteFunc(slices.Clone(w.keys), func(k *modelOwnKey) bool { return k.kind != kind })
			if len(of) > 0 {
				want = append(want, string(kind)+map[bool]string{true: "!"}[slices.ContainsFunc(of, w.resistant)])
			}
		}
		if len(w.sheet) > 0 {
			want = append(want, "backup")
		}
	}
	slices.Sort(seen)
	slices.Sort(want)
	if !slices.Equal(seen, want) {
		w.fail("%s sees the ways %v, the model says %v", v.name, seen, want)
	}
	if c.State != auth.SignedIn {
		return
	}
	shown, err := at.NewKeys(w.ctx(), c)
	w.must(err)
	var refusable []int64
	for _, k := range slices.Backward(w.keys) {
		if w.mayRefuseHelp(v) == (answer{}) && w.refusable(v, k) {
			refusable = append(refusable, k.id)
		}
	}
	if !slices.EqualFunc(shown, refusable, func(k passkey.Key, id int64) bool { return k.ID == id }) {
		w.fail("%s may refuse %v, the model says %v", v.name, shown, refusable)
	}
}

// lookAtOwnKeys: exactly the keys that were added and not removed are stored.
func (w *model) lookAtOwnKeys() {
	stored, err := passkey.List(w.ctx(), w.operator().db.Read(w.ctx()), w.id)
	w.must(err)
	if !slices.EqualFunc(stored, w.keys, func(row passkey.Key, k *modelOwnKey) bool {
		return row.ID == k.id && row.Kind() == k.kind && row.Name == k.name && row.ResistantAt == k.resistantAt.UnixMilli()
	}) {
		w.fail("%d keys are stored, the model says %d: %+v", len(stored), len(w.keys), stored)
	}
}

func withOwnKey(w *model, _ *visitor) bool { return len(w.keys) > 0 }

func owingWithOwnKey(w *model, v *visitor) bool { return owing(w, v) && len(w.keys) > 0 }

func inWithOwnKey(w *model, v *visitor) bool { return in(w, v) && len(w.keys) > 0 }

func outWithOwnKey(w *model, v *visitor) bool { return out(w, v) && len(w.keys) > 0 }

func pausedWithOwnKey(w *model, v *visitor) bool { return inPaused(w, v) && len(w.keys) > 0 }

func asked(w *model, v *visitor) bool { a := w.keeper(v); return a != nil && a.asked != nil }

// askThen asks for a key and then does something with it.
func askThen(key func(*model) *modelOwnKey, do func(w *model, v *visitor, k *modelOwnKey)) func(*model, *visitor) {
	return func(w *model, v *visitor) {
		k := key(w)
		w.askFor(v, k)
		do(w, v, k)
	}
}

// give makes an action that gives a key in one way or the other, as fits the visitor.
func give(h how) func(w *model, v *visitor, k *modelOwnKey) {
	return func(w *model, v *visitor, k *modelOwnKey) {
		switch {
		case owing(w, v):
			w.verifyKey(v, k, h)
		case inPaused(w, v):
			w.enableWithKey(v, k, h)
		default:
			w.proveKey(v, nil, k, h)
		}
	}
}

// keyActions are done by a visitor.
var keyActions = []action{
	{"add-passkey", 4, in, func(w *model, v *visitor) { w.prove(v); w.makeKey(v, passkey.Passkey); w.addKey(v) }},
	{"add-hardware-key", 2, in, func(w *model, v *visitor) { w.makeKey(v, passkey.HardwareKey); w.addKey(v) }},
	{"make-passkey", 2, in, func(w *model, v *visitor) { w.makeKey(v, passkey.Passkey) }},
	{"make-hardware-key", 1, in, func(w *model, v *visitor) { w.makeKey(v, passkey.HardwareKey) }},
	{"send-made", 2, asked, (*model).addKey},
	{"enter-by-key", 12, outWithOwnKey, func(w *model, v *visitor) { w.signIn(v, w.password); askThen((*model).oldestKey, give(right))(w, v) }},
	{"give-key", 12, owingWithOwnKey, askThen((*model).newestKey, give(right))},
	{"give-oldest-key", 4, inWithOwnKey, askThen((*model).oldestKey, give(right))},
	{"give-forged-key", 2, withOwnKey, askThen((*model).newestKey, give(forged))},
	{"give-changed-key", 1, withOwnKey, askThen((*model).newestKey, give(changed))},
	{"give-former-key", 1, withOwnKey, askThen((*model).oldestKey, func(w *model, v *visitor, _ *modelOwnKey) { give(right)(w, v, w.formerKey()) })},
	{"give-unasked-key", 1, always, func(w *model, v *visitor) { give(right)(w, v, w.newestKey()) }},
	{"ask-for-key", 2, withOwnKey, func(w *model, v *visitor) { w.askFor(v, w.oldestKey()) }},
	{"verify-key", 1, asked, func(w *model, v *visitor) { w.verifyKey(v, w.newestKey(), right) }},
	{"prove-key", 1, asked, func(w *model, v *visitor) { w.proveKey(v, nil, w.newestKey(), right) }},
	{"enable-with-key", 10, pausedWithOwnKey, askThen((*model).newestKey, func(w *model, v *visitor, k *modelOwnKey) { w.enableWithKey(v, k, right) })},
	{"prove-both-key", 3, inWithOwnKey, askThen((*model).newestKey, func(w *model, v *visitor, k *modelOwnKey) { w.proveKey(v, &w.password, k, right) })},
	{"prove-both-forged-key", 1, inWithOwnKey, askThen((*model).newestKey, func(w *model, v *visitor, k *modelOwnKey) { w.proveKey(v, &w.password, k, forged) })},
	{"prove-both-wrong-key", 1, inWithOwnKey, askThen((*model).newestKey, func(w *model, v *visitor, k *modelOwnKey) { w.proveKey(v, &wrongPassword, k, right) })},
	{"give-forged-key-often", 1, withOwnKey, repeated(9, askThen((*model).newestKey, give(forged)))},
	{"remove-key", 1, inWithOwnKey, func(w *model, v *visitor) { w.takeKeyAway(v, w.newestKey()) }},
	{"remove-oldest-key", 1, inWithOwnKey, func(w *model, v *visitor) { w.takeKeyAway(v, w.oldestKey()) }},
	{"remove-former-key", 1, inWithOwnKey, func(w *model, v *visitor) { w.takeKeyAway(v, w.formerKey()) }},
	{"remove-app", 1, inWithOwnKey, (*model).removeApp},
	{"refuse-key", 2, inWithOwnKey, func(w *model, v *visitor) { w.refuseKey(v, w.newestKey()) }},
	{"refuse-oldest-key", 1, inWithOwnKey, func(w *model, v *visitor) { w.refuseKey(v, w.oldestKey()) }},
	{"rename-key", 1, inWithOwnKey, func(w *model, v *visitor) { w.renameKey(v, w.newestKey()) }},
	{"race-key", 3, withOwnKey, (*model).raceKey},
	{"recover-by-key", 4, outWithHelp, func(w *model, v *visitor) {
		w.signIn(v, w.password)
		w.useHelp(v)
		w.makeKey(v, passkey.Passkey)
		w.addKey(v)
	}},
}
