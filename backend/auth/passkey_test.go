package auth_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
)

// use is one of the acts that take the answer of a key.
type use struct {
	name string
	// ready brings a browser of anna, whose only factor is the key, to where the act is done.
	ready func(b *browser, k *ownKey)
	send  func(b *browser, answer string) error
	// ended is the answer to the tenth refused answer.
	ended apperr.Code
}

var uses = []use{
	{"sign-in", func(b *browser, _ *ownKey) { b.signIn("anna", goodPassword) }, (*browser).sendVerify, apperr.PendingEnded},
	{"step-up", (*browser).enterKey, func(b *browser, answer string) error { return b.sendStepUp("", answer) }, apperr.SignedOut},
	{"enable", func(b *browser, k *ownKey) {
		b.enterKey(k)
		b.must(b.pause(0))
	}, (*browser).sendEnable, apperr.SignedOut},
}

// eachUse runs a scenario for each act, with a key of one kind or the other.
func eachUse(t *testing.T, scenario func(h *kit, u use, b *browser, k *ownKey)) {
	t.Helper()
	for i, u := range uses {
		u.run(t, passkey.Kinds()[i%2], scenario)
	}
}

// eachUseAndKind runs a scenario for each act with a key of each kind.
func eachUseAndKind(t *testing.T, scenario func(h *kit, u use, b *browser, k *ownKey)) {
	t.Helper()
	for _, u := range uses {
		for _, kind := range passkey.Kinds() {
			u.run(t, kind, scenario)
		}
	}
}

func (u use) run(t *testing.T, kind passkey.Kind, scenario func(h *kit, u use, b *browser, k *ownKey)) {
	t.Run(u.name+" "+string(kind), func(t *testing.T) {
		each(t, func(h *kit) {
			first, k := keysOnly(h, kind)
			first.signOut()
			b := h.browser()
			u.ready(b, k)
			scenario(h, u, b, k)
		})
	})
}

// acts are events in a few words, without the notice of a known password that an hour sums up.
func (h *kit) acts() []string {
	h.Helper()
	return slices.DeleteFunc(briefs(h.events()), func(said string) bool { return strings.HasPrefix(said, "password_known") })
}

func TestAKeyCompletesASignIn(t *testing.T) {
	for _, kind := range []passkey.Kind{passkey.Passkey, passkey.HardwareKey} {
		each(t, func(h *kit) {
			first, k := keysOnly(h, kind)
			first.signOut()
			b := h.browser()
			if next := b.signIn("anna", goodPassword); next != auth.NextSecondFactor {
				t.Fatalf("next is %q", next)
			}
			if got := b.ways(); got != string(kind) {
				t.Errorf("the ways are %q", got)
			}
			h.clock.move(time.Minute)
			r, err := h.VerifyKey(h.ctx, b.caller(), json.RawMessage(b.answer(k)))
			h.must(err)
			b.keep(r.Issued)
			if r.Next != auth.NextDone || r.Factor != string(kind) || r.BackupCodesLeft != nil || r.Issued.Device == nil {
				t.Errorf("the answer is %+v", r)
			}
			s := b.caller().Session
			if s.Level != session.LevelTwo || s.Factor != string(kind) || s.KeyAt != h.clock.Now().UnixMilli() || s.CodeAt != 0 || s.ResistantAt != 0 || s.BackupAt != 0 {
				t.Errorf("the session is %+v", s)
			}
			if got := h.keys()[0].LastUsedAt; got != h.clock.Now().UnixMilli() {
				t.Errorf("last used at %d", got)
			}
			said := h.acts()
			if want := []string{"second_factor ok " + string(kind), "sign_in ok"}; !slices.Equal(said[len(said)-2:], want) {
				t.Errorf("recorded %q", said)
			}
		})
	}
}

// After 72 hours the same key gives more.
func TestAKeyThatCountsIsKeptAsSuch(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		h.clock.move(72 * time.Hour)
		b.enterKey(k)
		now := h.clock.Now().UnixMilli()
		if s := b.caller().Session; s.KeyAt != now || s.ResistantAt != now || s.CodeAt != 0 {
			t.Errorf("the session is %+v", s)
		}
		h.clock.move(time.Minute)
		h.must(b.stepUpKey("", k))
		if s := b.caller().Session; s.KeyAt != now+60_000 || s.ResistantAt != now+60_000 {
			t.Errorf("the session is %+v", s)
		}
	})
}

func TestAKeyStepsUp(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		h.clock.move(6 * time.Minute)
		h.owes(b.pause(0), apperr.NeedPassword, apperr.NeedCode)
		before := b.tokens.Session
		h.refused(b.stepUpKey("wrong password, long enough", k), apperr.PasswordWrong)
		h.owes(b.pause(0), apperr.NeedPassword, apperr.NeedCode)
		h.must(b.stepUpKey("", k))
		h.owes(b.pause(0), apperr.NeedPassword)
		if b.tokens.Session == before {
			t.Error("the session keeps its token")
		}
		h.must(b.stepUpKey(goodPassword, k))
		said := h.acts()
		if want := []string{"step_up_password ok password", "step_up_key ok passkey"}; !slices.Equal(said[len(said)-2:], want) {
			t.Errorf("recorded %q", said)
		}
		h.must(b.pause(0))
		// A code and a key in one request are malformed.
		code, answer := "123456", b.answer(k)
		_, err := h.StepUp(h.ctx, b.caller(), auth.StepUpInput{Code: &code, Key: json.RawMessage(answer)})
		h.refused(err, apperr.Invalid)
		h.must(b.sendStepUp("", answer)) // which costs nothing
	})
}

// A wrong password beside the answer of a key leaves the request to the key open.
func TestAWrongPasswordLeavesTheCeremony(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		answer := b.answer(k)
		h.refused(b.sendStepUp("wrong password, long enough", answer), apperr.PasswordWrong)
		h.must(b.sendStepUp(goodPassword, answer))
	})
}

func TestPauseAndEnableWithAKey(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		h.refused(b.sendEnable(b.answer(k)), apperr.WrongState)
		h.must(b.pause(0))
		other := h.browser()
		if next := other.signIn("anna", goodPassword); next != auth.NextDone {
			t.Fatalf("a sign-in in a pause: next is %q", next)
		}
		if level := other.caller().Session.Level; level != session.LevelPassword {
			t.Errorf("it is of level %d", level)
		}
		bystander := h.browser()
		bystander.signIn("anna", goodPassword)
		answer, err := other.ask(k)
		h.must(err)
		h.must(other.sendEnable(answer))
		if c := other.caller(); c.State != auth.SignedIn || c.Session.Level != session.LevelTwo || c.Session.Factor != "hardware_key" {
			t.Errorf("the session is %+v", c.Session)
		}
		if bystander.caller().State != auth.Anonymous || b.caller().State != auth.Anonymous {
			t.Error("enabling ends all other sessions")
		}
		if next := bystander.signIn("anna", goodPassword); next != auth.NextSecondFactor {
			t.Errorf("next is %q", next)
		}
	})
}

// A pause is one of all factors: neither the app nor a key is asked for.
func TestAPauseIsOneOfAllFactors(t *testing.T) {
	each(t, func(h *kit) {
		b, p, k, _ := appAndKey(h)
		h.must(b.stepUpKey(goodPassword, k))
		h.must(b.pause(24 * time.Hour))
		other := h.browser()
		if next := other.signIn("anna", goodPassword); next != auth.NextDone {
			t.Fatalf("next is %q", next)
		}
		h.owes(other.takeAway(k), apperr.NeedKey)
		h.clock.move(24 * time.Hour)
		for _, verify := range []func() error{func() error { return other.verify(p.code(0)) }, func() error { return other.verifyKey(k) }} {
			if next := other.signIn("anna", goodPassword); next != auth.NextSecondFactor {
				t.Fatalf("after the pause next is %q", next)
			}
			h.must(verify())
			other.signOut()
		}
	})
}

// wrongAnswers are what can be wrong with the answer of a key, and what it costs.
var wrongAnswers = []struct {
	name   string
	kind   passkey.Kind // "" = both
	wrong  func(k *ownKey)
	code   apperr.Code
	reason string
	counts bool
}{
	{"another origin", "", func(k *ownKey) { k.Origin = "https://sign-in.example.evil.example" }, apperr.KeyRefused, "wrong", true},
	{"another port", "", func(k *ownKey) { k.Origin = "https://sign-in.example:8443" }, apperr.KeyRefused, "wrong", true},
	{"no TLS", "", func(k *ownKey) { k.Origin = "http://sign-in.example" }, apperr.KeyRefused, "wrong", true},
	{"a frame", "", func(k *ownKey) { k.Framed = true }, apperr.KeyRefused, "wrong", true},
	{"another RP ID", "", func(k *ownKey) { k.RPID = "evil.example" }, apperr.KeyRefused, "wrong", true},
	{"a parent domain", "", func(k *ownKey) { k.RPID = "example" }, apperr.KeyRefused, "wrong", true},
	{"another handle", "", func(k *ownKey) { k.Handle = []byte("somebody else's, of 32 bytes ...") }, apperr.KeyRefused, "wrong", true},
	{"another private key", "", func(k *ownKey) { k.Forged = true }, apperr.KeyRefused, "wrong", true},
	{"nobody touches it", "", func(k *ownKey) { k.Absent = true }, apperr.KeyRefused, "wrong", true},
	{"no PIN", passkey.Passkey, func(k *ownKey) { k.Unverified = true }, apperr.KeyUnverified, "not_verified", true},
	{"a key that was not added", "", func(k *ownKey) { *k = *newOwnKey(k.kind) }, apperr.KeyUnknown, "unknown_key", true},
	{"on several devices by now", "", func(k *ownKey) { k.BackupEligible = true }, apperr.KeyChanged, "key_changed", false},
	{"copied without being eligible", "", func(k *ownKey) { k.BackupState = true }, apperr.KeyRefused, "wrong", true},
}

// None of it counts against a budget of codes, and a right answer is good after each.
func TestRefusedAnswersOfKeys(t *testing.T) {
	eachUseAndKind(t, func(h *kit, u use, b *browser, k *ownKey) {
		for _, c := range wrongAnswers {
			if c.kind != "" && k.kind != c.kind {
				continue
			}
			limits, events := h.limits(), len(h.acts())
			wrong := k.copy()
			c.wrong(wrong)
			if err := u.send(b, b.answer(wrong)); apperr.CodeOf(err) != c.code {
				h.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
			if said := h.acts()[events:]; len(said) != 1 || !strings.HasSuffix(said[0], " failed "+c.reason+" "+string(k.kind)) {
				h.Errorf("%s: recorded %q", c.name, said)
			}
			want := 0
			if c.counts {
				want = 1
			}
			if got := b.refusedAnswers(); got != want {
				h.Errorf("%s: %d refused answers are counted, want %d", c.name, got, want)
			}
			if h.limits() != limits {
				h.Errorf("%s: a budget of codes is touched", c.name)
			}
			h.must(u.send(b, b.answer(k)))
			b.signOut()
			u.ready(b, k)
		}
	})
}

// A counter that stands still or goes back may be that of a copy. The person is told, and it
// is no wrong try.
func TestACounterThatGoesBack(t *testing.T) {
	eachUseAndKind(t, func(h *kit, u use, b *browser, k *ownKey) {
		k.Counter = 7
		h.must(u.send(b, b.answer(k)))
		b.signOut()
		k.Counter = 8
		u.ready(b, k)
		limits := h.limits()
		for told, counter := range []uint32{8, 7, 0} {
			if u.name == "sign-in" { // the key was not used since
				counter = min(counter, 7)
			}
			k.Counter = counter
			events := len(h.acts())
			h.refused(u.send(b, b.answer(k)), apperr.KeyCopied)
			if said := h.acts()[events:]; len(said) != 1 || !strings.HasSuffix(said[0], " failed counter_back "+string(k.kind)) {
				h.Errorf("recorded %q", said)
			}
			if n := h.noticesOf(notify.PasskeyCopied); n != told+1 {
				h.Errorf("%d notices, want %d", n, told+1)
			}
		}
		if n := b.refusedAnswers(); n != 0 || h.limits() != limits {
			h.Errorf("%d refused answers are counted", n)
		}
		k.Counter = 9
		h.must(u.send(b, b.answer(k)))
		if got := h.keys()[0].SignCount; got != 9 {
			h.Errorf("the counter is %d", got)
		}
	})
}

// A passkey that a password manager copies counts in no order.
func TestACounterOfASyncedPasskey(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		k := newOwnKey(passkey.Passkey)
		k.BackupEligible, k.Counter = true, 7
		h.must(second(b.tryAdd(k)))
		for _, counter := range []uint32{7, 6, 0, 5, 5} {
			k.Counter, k.BackupState = counter, counter == 5
			h.must(b.stepUpKey("", k))
			if got := h.keys()[0]; got.SignCount != int64(counter) || got.BackupState != k.BackupState {
				t.Errorf("after %d the counter is %d, copied %v", counter, got.SignCount, got.BackupState)
			}
		}
		if n := h.noticesOf(notify.PasskeyCopied); n != 0 {
			t.Errorf("%d notices", n)
		}
		k.BackupEligible, k.BackupState = false, false
		h.refused(b.stepUpKey("", k), apperr.KeyChanged)
	})
}

// Every ceremony has one answer, a refused one, too.
func TestAnAnswerIsGoodOnce(t *testing.T) {
	eachUse(t, func(h *kit, u use, b *browser, k *ownKey) {
		wrong := k.copy()
		wrong.Forged = true
		options, err := h.AskKey(h.ctx, b.caller(), k.kind, false)
		h.must(err)
		right := k.Use(string(options))
		h.refused(u.send(b, wrong.Use(string(options))), apperr.KeyRefused)
		h.refused(u.send(b, right), apperr.CeremonyEnded)
		h.refused(u.send(b, right), apperr.CeremonyEnded)
		if n := b.refusedAnswers(); n != 1 {
			h.Errorf("%d refused answers are counted", n)
		}
		fresh := b.answer(k)
		h.must(u.send(b, fresh))
		again := map[string]apperr.Code{"sign-in": apperr.PendingEnded, "step-up": apperr.CeremonyEnded, "enable": apperr.WrongState}[u.name]
		h.refused(u.send(b, fresh), again)
	})
}

// What cannot be read costs nothing: not the ceremony, and no try.
func TestAMalformedAnswerCostsNothing(t *testing.T) {
	eachUse(t, func(h *kit, u use, b *browser, k *ownKey) {
		right, events := b.answer(k), len(h.acts())
		for _, answer := range []string{"", "null", "{}", "[]", "x", right[:len(right)-1], right + "x", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`,
			strings.Replace(right, "public-key", "password", 1)} {
			if e := h.refused(u.send(b, answer), apperr.Invalid); len(e.Fields) != 1 || e.Fields[0].Reason != "malformed" {
				h.Errorf("%.40q: %+v", answer, e)
			}
		}
		if n := b.refusedAnswers(); n != 0 || len(h.acts()) != events {
			h.Errorf("%d refused answers are counted, %d events", n, len(h.acts())-events)
		}
		h.must(u.send(b, right))
	})
}

// A new request to the key replaces the former one.
func TestTheNewestChallengeCounts(t *testing.T) {
	eachUse(t, func(h *kit, u use, b *browser, k *ownKey) {
		former := b.answer(k)
		b.answer(k)
		h.refused(u.send(b, former), apperr.KeyRefused)
		h.must(u.send(b, b.answer(k)))
	})
}

func TestACeremonyLastsFiveMinutes(t *testing.T) {
	eachUse(t, func(h *kit, u use, b *browser, k *ownKey) {
		late := b.answer(k)
		h.clock.move(5 * time.Minute)
		h.refused(u.send(b, late), apperr.CeremonyEnded)
		if n := b.refusedAnswers(); n != 0 {
			h.Errorf("%d refused answers are counted", n)
		}
		inTime := b.answer(k)
		h.clock.move(5*time.Minute - time.Second)
		if u.name == "sign-in" { // of ten minutes
			h.refused(u.send(b, late), apperr.KeyRefused)
			h.clock.move(-5*time.Minute + time.Second)
			inTime = b.answer(k)
			h.clock.move(5*time.Minute - 2*time.Second)
		}
		h.must(u.send(b, inTime))
	})
}

// A ceremony belongs to the session or pending sign-in that began it.
func TestACeremonyOfAnotherBrowser(t *testing.T) {
	each(t, func(h *kit) {
		in, k := keysOnly(h, passkey.Passkey)
		out := h.browser()
		out.signIn("anna", goodPassword)
		inside, outside := in.answer(k), out.answer(k)
		h.refused(in.sendStepUp("", outside), apperr.KeyRefused)
		h.refused(in.sendStepUp("", inside), apperr.CeremonyEnded)
		h.refused(out.sendVerify(inside), apperr.KeyRefused)
		h.refused(out.sendVerify(outside), apperr.CeremonyEnded)
		// Nor has one that was never begun an answer.
		outside = out.answer(k)
		h.refused(in.sendStepUp("", outside), apperr.CeremonyEnded)
		h.must(out.sendVerify(outside))
	})
}

// Someone else's key opens nothing, not even with an answer for the right account.
func TestTheKeyOfAnotherAccount(t *testing.T) {
	each(t, func(h *kit) {
		b, _ := keysOnly(h, passkey.Passkey)
		h.addUser("otto")
		other := h.browser()
		other.signIn("otto", goodPassword)
		theirs := other.add(passkey.Passkey)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.refused(b.verifyKey(theirs), apperr.KeyUnknown)
		other.signOut()
		other.signIn("otto", goodPassword)
		h.must(other.verifyKey(theirs))
	})
}

// retold are options with what the other act needs: the challenge of a new key in a request
// to a key, or the reverse.
func retold(options json.RawMessage) string {
	var parts map[string]any
	if err := json.Unmarshal(options, &parts); err != nil {
		panic(err)
	}
	parts["rpId"], parts["rp"] = "sign-in.example", map[string]string{"id": "sign-in.example", "name": "ImageMaster"}
	delete(parts, "allowCredentials")
	if parts["user"] == nil {
		parts["user"] = map[string]string{"id": "AAAA", "name": "anna", "displayName": "anna"}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The answer of a new key is none to a request to a key, and the reverse.
func TestMakingAndUsingAreTwoThings(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.Passkey)
		fresh := newOwnKey(passkey.Passkey)

		// The shape is another one.
		made, err := b.make(fresh)
		h.must(err)
		h.refused(b.sendStepUp("", made), apperr.Invalid)
		h.refused(second(b.sendMade(b.answer(k))), apperr.Invalid)

		// The right shape with the challenge of the other act.
		options, err := h.MakeKey(h.ctx, b.caller(), passkey.Passkey)
		h.must(err)
		handle := k.Handle
		h.refused(b.sendStepUp("", k.Use(retold(options))), apperr.KeyRefused)
		options, err = h.AskKey(h.ctx, b.caller(), passkey.Passkey, false)
		h.must(err)
		answer := fresh.Make(retold(options))
		h.refused(second(b.sendMade(answer)), apperr.KeyRefused)
		if len(h.keys()) != 1 {
			t.Error("a key was added")
		}
		if n := b.refusedAnswers(); n != 1 {
			t.Errorf("%d refused answers are counted, want that of the step-up", n)
		}
		k.Handle = handle
		h.must(b.stepUpKey("", k))
	})
}

// Ten wrong answers in a row end the pending sign-in or the session. There is no stop: the
// next sign-in is open at once.
func TestTenRefusedAnswersEndIt(t *testing.T) {
	eachUse(t, func(h *kit, u use, b *browser, k *ownKey) {
		limits := h.limits()
		wrong := k.copy()
		wrong.Forged = true
		changed := k.copy()
		changed.BackupEligible = true
		for range 9 {
			h.refused(u.send(b, b.answer(wrong)), apperr.KeyRefused)
			h.refused(u.send(b, b.answer(changed)), apperr.KeyChanged) // counts neither way
		}
		answer := b.answer(wrong)
		events := len(h.acts())
		h.refused(u.send(b, answer), u.ended)
		if said := h.acts()[events:]; len(said) != 2 || !strings.HasSuffix(said[1], "ed ok too_many") {
			h.Errorf("recorded %q", said)
		}
		if c := b.caller(); c.State != auth.Anonymous || c.Session != nil || c.Pending != nil {
			h.Errorf("the state is %d", c.State)
		}
		if h.limits() != limits {
			h.Error("a budget of codes is touched")
		}
		if u.name != "enable" {
			b.enterKey(k)
		}
	})
}

// A right answer between them ends the counting.
func TestARightAnswerEndsTheCounting(t *testing.T) {
	each(t, func(h *kit) {
		b, k := keysOnly(h, passkey.HardwareKey)
		wrong := k.copy()
		wrong.Forged = true
		for range 3 {
			for range 9 {
				h.refused(b.stepUpKey("", wrong), apperr.KeyRefused)
			}
			h.must(b.stepUpKey("", k))
		}
	})
}

// A session of level 1 that owes a factor by now ends after ten, too.
func TestTenRefusedAnswersEndASessionThatOwesAFactor(t *testing.T) {
	each(t, func(h *kit) {
		first, k := keysOnly(h, passkey.Passkey)
		h.must(first.pause(time.Hour))
		b := h.browser()
		b.signIn("anna", goodPassword)
		h.clock.move(59 * time.Minute)
		b.caller()
		h.clock.move(time.Minute)
		wrong := k.copy()
		wrong.Forged = true
		for range 9 {
			h.refused(b.verifyKey(wrong), apperr.KeyRefused)
		}
		session := b.caller().Session.ID
		h.must(b.verifyKey(k))
		if c := b.caller(); c.State != auth.SignedIn || c.Session.ID != session || c.Session.Level != 2 {
			t.Errorf("the session is %+v", c.Session)
		}
		for range 9 {
			h.refused(b.stepUpKey("", wrong), apperr.KeyRefused)
		}
		h.refused(b.stepUpKey("", wrong), apperr.SignedOut)
	})
}

// Who may be asked for a key: somebody who has one that works and is of that kind.
func TestWhoIsAskedForAKey(t *testing.T) {
	each(t, func(h *kit) {
		ask := func(b *browser, kind passkey.Kind, resistant bool) error {
			return second(h.AskKey(h.ctx, b.caller(), kind, resistant))
		}
		h.refused(ask(h.browser(), passkey.Passkey, false), apperr.SignedOut)
		b := signedInAnna(h)
		h.refused(ask(b, passkey.Passkey, false), apperr.WrongState)
		b.setUp()
		h.refused(ask(b, passkey.Passkey, false), apperr.WrongState)
		h.refused(b.sendStepUp("", newOwnKey(passkey.Passkey).Use(`{"challenge":"AAAA"}`)), apperr.WrongState)
		b.add(passkey.Passkey)
		h.must(ask(b, passkey.Passkey, false))
		h.refused(ask(b, passkey.HardwareKey, false), apperr.WrongState)
		h.clock.move(time.Minute)
		h.refused(ask(b, passkey.Passkey, true), apperr.WrongState) // not yet
		other := h.browser()
		other.signIn("anna", goodPassword)
		h.must(ask(other, passkey.Passkey, false))
		h.refused(ask(other, passkey.Passkey, true), apperr.WrongState)
		helped := h.browser()
		helped.helped()
		h.refused(ask(helped, passkey.Passkey, false), apperr.WrongState)
	})
}

// Where a key that counts is asked for, a new one does not do.
func TestOnlyAKeyThatCountsAnswers(t *testing.T) {
	each(t, func(h *kit) {
		b, _, old, codes := appAndKey(h)
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0])) // which lets a key be added that does not count yet
		young := b.add(passkey.Passkey)
		if h.counts(young) || !h.counts(old) {
			t.Fatal("the new key counts, or the old one does not")
		}
		options, err := h.AskKey(h.ctx, b.caller(), passkey.Passkey, true)
		h.must(err)
		h.refused(b.sendStepUp("", young.Use(string(options))), apperr.KeyRefused)
		options, err = h.AskKey(h.ctx, b.caller(), passkey.Passkey, true)
		h.must(err)
		h.must(b.sendStepUp("", old.Use(string(options))))
	})
}

// The ways are those of the account, the one used last first and backup codes last.
func TestTheWayUsedLastComesFirst(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		say := func(want string) {
			h.Helper()
			if got := b.ways(); got != want {
				t.Errorf("the ways are %q, want %q", got, want)
			}
		}
		say("totp backup")
		k := b.add(passkey.HardwareKey)
		say("hardware_key totp backup")
		h.clock.move(time.Minute)
		h.must(b.stepUp("", p.code(0)))
		say("totp hardware_key backup")
		h.clock.move(time.Minute)
		pass := b.add(passkey.Passkey)
		say("passkey totp hardware_key backup")
		h.clock.move(time.Minute)
		h.must(b.stepUpKey("", k))
		h.must(b.stepUp("", codes.Codes[0]))
		say("hardware_key passkey totp backup")
		h.clock.move(72 * time.Hour)
		b.signIn("anna", goodPassword)
		say("hardware_key! passkey! totp backup") // while the factor is owed
		h.must(b.verifyKey(pass))
		say("passkey! hardware_key! totp backup")
		h.moveHost()
		say("totp backup")
	})
}

func TestWaysOfNobody(t *testing.T) {
	each(t, func(h *kit) {
		if got := h.browser().ways(); got != "" {
			t.Errorf("a visitor has the ways %q", got)
		}
		b := signedInAnna(h)
		if got := b.ways(); got != "" {
			t.Errorf("without a factor the ways are %q", got)
		}
		b.add(passkey.Passkey)
		helped := h.browser()
		helped.helped()
		if got := helped.ways(); got != "" {
			t.Errorf("a session that can only enrol has the ways %q", got)
		}
	})
}
