package people_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/people"
	"imagemaster/backend/policy"
	"imagemaster/backend/testkey"
)

const loginOrigin = "https://login.example.com"

// demandKeys adds a policy for everybody that demands keys and begins now.
func (h *kit) demandKeys(grace int) int64 {
	h.Helper()
	id, err := h.CreatePolicy(h.ctx, auth.Operator, people.Policy{Audience: policy.Everybody, Minimum: policy.Resistant, StartsAt: h.clock.Now(), GraceDays: grace})
	h.must(err)
	return id
}

// held is a passkey of somebody.
type held struct {
	*testkey.Key
	id int64
}

// addPasskey adds a passkey as a browser does. The factors were just given.
func (p *someone) addPasskey() *held {
	p.Helper()
	options, err := p.MakeKey(p.ctx, p.caller(), passkey.Passkey)
	p.must(err)
	k := &held{Key: testkey.New(loginOrigin)}
	added, err := p.AddKey(p.ctx, p.caller(), json.RawMessage(k.Make(string(options))))
	p.must(err)
	p.keep(added.Issued)
	k.id = added.ID
	return k
}

func (p *someone) useKey(k *held) json.RawMessage {
	p.Helper()
	options, err := p.AskKey(p.ctx, p.caller(), passkey.Passkey, false)
	p.must(err)
	return json.RawMessage(k.Use(string(options)))
}

// enterWithKey signs in with the password and a key.
func (p *someone) enterWithKey(k *held) auth.Next {
	p.Helper()
	p.must(second(p.trySignIn(goodPassword)))
	r, err := p.VerifyKey(p.ctx, p.caller(), p.useKey(k))
	p.must(err)
	p.keep(r.Issued)
	return r.Next
}

// proveWithKey gives the password and a key again.
func (p *someone) proveWithKey(k *held) {
	p.Helper()
	pw := goodPassword
	i, err := p.StepUp(p.ctx, p.caller(), auth.StepUpInput{Password: &pw, Key: p.useKey(k)})
	p.must(err)
	p.keep(i)
}

// giveCode gives a code of the app inside a session.
func (p *someone) giveCode() error {
	p.Helper()
	code := p.code()
	i, err := p.StepUp(p.ctx, p.caller(), auth.StepUpInput{Code: &code})
	p.keep(i)
	return err
}

func (p *someone) ways() string {
	p.Helper()
	ways, err := p.Ways(p.ctx, p.caller())
	p.must(err)
	names := make([]string, len(ways))
	for i, w := range ways {
		names[i] = w.Factor
	}
	return strings.Join(names, " ")
}

// Who has an app must add a key when the deadline is over, also in an open session. A new
// key is enough.
func TestAPolicyDemandsAKey(t *testing.T) {
	each(t, func(h *kit) {
		anna, bare := h.protected("anna", account.Person), h.person("bare")
		h.demandKeys(10)
		c := anna.enters()
		if o := c.Obligation(); c.Next != auth.NextDone || o.Minimum != policy.Resistant || !o.Binds(h.clock.Now()) || o.Deadline(h.clock.Now()).Sub(h.clock.Now()) <= 9*day {
			t.Errorf("in grace: next %s, %+v", c.Next, o)
		}
		h.clock.move(10 * day)
		if c := anna.enters(); c.Next != auth.NextSetUp {
			t.Errorf("at the deadline: next %s", c.Next)
		}
		if c := bare.enters(); c.Next != auth.NextSetUp {
			t.Errorf("without a factor: next %s", c.Next)
		}
		bare.setUp()
		if c := bare.caller(); c.Next != auth.NextSetUp {
			t.Errorf("with an app alone: next %s", c.Next)
		}
		h.refused(second(anna.Sessions(h.ctx, anna.caller())), apperr.SetUpOwed)
		anna.addPasskey()
		if c := anna.caller(); c.Next != auth.NextDone || c.Obligation().Audience != "" {
			t.Errorf("with a new key: next %s, %+v", c.Next, c.Obligation())
		}
		if c := anna.enters(); c.Next != auth.NextDone {
			t.Errorf("a code, beside a new key: next %s", c.Next)
		}
		if got := anna.ways(); got != "totp passkey" && got != "passkey totp" {
			t.Errorf("the ways beside a new key: %s", got)
		}
	}, atLogin)
}

// A key that counts makes codes of the app useless, from the deadline on: at the sign-in, at
// step-ups, and for adding another key. Backup codes still work.
func TestAPhishedCodeIsWorthNothing(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		codes, err := h.ReplaceBackupCodes(h.ctx, anna.caller(), noSheet)
		h.must(err)
		key := anna.addPasskey()
		id := h.demandKeys(4)
		h.clock.move(4*day - time.Minute)
		h.must(second(anna.trySignIn(goodPassword)))
		h.must(anna.verify(anna.code()))
		h.clock.move(time.Minute)
		h.refused(anna.giveCode(), apperr.SecondFactorOwed) // a code has opened the session
		budgets := anna.dumpOf("code_budgets")
		h.must(second(anna.trySignIn(goodPassword)))
		if got := anna.ways(); got != "passkey backup" {
			t.Errorf("the ways: %s", got)
		}
		for range 3 {
			h.refused(anna.verify(anna.code()), apperr.WrongState)
		}
		if anna.dumpOf("code_budgets") != budgets {
			t.Error("a code of the app costs a try")
		}
		if next := anna.enterWithKey(key); next != auth.NextDone {
			t.Errorf("with the key: next %s", next)
		}
		h.refused(anna.giveCode(), apperr.WrongState)
		h.must(second(anna.trySignIn(goodPassword)))
		h.must(anna.verify(codes.Codes[0]))
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "phone", h.clock.Now().Add(day)))
		h.must(anna.giveCode())
		h.must(h.EndException(h.ctx, auth.Operator, anna.id))
		h.refused(anna.giveCode(), apperr.WrongState)
		h.must(h.DeletePolicy(h.ctx, auth.Operator, id))
		h.must(anna.giveCode())
	}, atLogin)
}

// What may be removed while a policy demands a key, or any factor.
func TestRemovalUnderPolicies(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		first, other := anna.addPasskey(), anna.addPasskey()
		id := h.demandKeys(30)
		remove := func(k *held) error {
			t.Helper()
			anna.prove()
			return second(anna.keepIssued(h.RemoveKey(h.ctx, anna.caller(), k.id)))
		}
		h.must(remove(first))
		e := h.refused(remove(other), apperr.TwoFactorRequired)
		if !strings.Contains(e.Message, "passkey or hardware key") {
			t.Errorf("the sentence is %q", e.Message)
		}
		h.refused(second(h.Pause(h.ctx, anna.caller(), time.Hour)), apperr.TwoFactorRequired)
		h.refused(second(h.RemoveFactors(h.ctx, anna.caller())), apperr.TwoFactorRequired)
		h.must(h.ChangePolicy(h.ctx, auth.Operator, people.Policy{ID: id, Audience: policy.Everybody, Minimum: policy.AnyFactor, StartsAt: h.clock.Now(), GraceDays: 30}))
		h.must(remove(other)) // the app is left
		again := anna.addPasskey()
		anna.prove()
		h.must(second(anna.keepIssued(h.RemoveApp(h.ctx, anna.caller()))))
		anna.proveWithKey(again)
		h.refused(second(h.RemoveKey(h.ctx, anna.caller(), again.id)), apperr.TwoFactorRequired)
		h.must(h.ChangePolicy(h.ctx, auth.Operator, people.Policy{ID: id, Audience: policy.Everybody, Minimum: policy.Resistant, StartsAt: h.clock.Now(), GraceDays: 0}))
		if c := anna.caller(); c.Next != auth.NextDone {
			t.Errorf("with a key alone: next %s", c.Next)
		}
		h.must(h.DeletePolicy(h.ctx, auth.Operator, id))
		anna.proveWithKey(again)
		h.must(second(anna.keepIssued(h.RemoveKey(h.ctx, anna.caller(), again.id))))
	}, atLogin)
}

// An app may go under a policy that demands a key, also where the operator demands a factor.
func TestTheAppMayGo(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		key := anna.addPasskey()
		h.demandKeys(0)
		anna.proveWithKey(key)
		h.must(second(anna.keepIssued(h.RemoveApp(h.ctx, anna.caller()))))
		if c := anna.caller(); c.Next != auth.NextDone {
			t.Errorf("next %s", c.Next)
		}
	}, atLogin, func(d *auth.Deps) { d.RequireTwoFactor = true })
}

// A pause ends when a key is due, and a key of the former address does not count.
func TestKeysOfTheFormerAddress(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		anna.addPasskey()
		h.must(second(anna.keepIssued(h.Pause(h.ctx, anna.caller(), 0))))
		h.demandKeys(3)
		h.clock.move(3 * day)
		if next, err := anna.trySignIn(goodPassword); err != nil || next != auth.NextSecondFactor {
			t.Fatalf("next %s, %v", next, err)
		}
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return tx.Exec("UPDATE passkeys SET rp_id = 'old.example.com'").Error }))
		h.must(anna.verify(anna.code()))
		if c := anna.caller(); c.Next != auth.NextSetUp {
			t.Errorf("next %s", c.Next)
		}
	}, atLogin)
}

// The author of a policy must meet it. Where there can be no keys nobody may demand them, in
// a policy or in a rule of an application.
func TestAPolicyOnKeysNeedsItsAuthor(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		root.prove()
		ask := people.Policy{Audience: policy.Staff, Minimum: policy.Resistant, StartsAt: h.clock.Now(), GraceDays: 10}
		h.refused(second(h.CreatePolicy(h.ctx, root.by(), ask)), apperr.PolicyNotMet)
		any := ask
		any.Minimum = policy.AnyFactor
		id, err := h.CreatePolicy(h.ctx, root.by(), any)
		h.must(err)
		ask.ID = id
		h.refused(h.ChangePolicy(h.ctx, root.by(), ask), apperr.PolicyNotMet)
		root.addPasskey()
		events := h.eventsOf(func() { h.must(h.ChangePolicy(h.ctx, root.by(), ask)) })
		if !strings.Contains(events[0].Details, `"minimum":"resistant"`) || !strings.Contains(events[0].Details, `"minimum":"any"`) {
			t.Errorf("the event is %s", events[0].Details)
		}
		byAddress := h.on(h.db, func(d *auth.Deps) { d.PublicURL = "https://192.0.2.1" })
		ask.ID = 0
		h.refused(second(byAddress.CreatePolicy(h.ctx, auth.Operator, ask)), apperr.KeysImpossible)
		a := application("Books")
		a.Rules[0].Factor = app.Resistant
		h.refused(second(byAddress.CreateApplication(h.ctx, auth.Operator, a)), apperr.KeysImpossible)
		ask.Minimum = "cats"
		h.refusedField(second(h.CreatePolicy(h.ctx, auth.Operator, ask)), "minimum", "not_allowed")
	}, atLogin)
}

// The dry run and the page of a person say who has no key.
func TestDryRunOfKeys(t *testing.T) {
	each(t, func(h *kit) {
		h.person("bare")
		anna, otto, pia := h.protected("anna", account.Person), h.protected("otto", account.Person), h.protected("pia", account.Person)
		otto.addPasskey()
		pia.addPasskey()
		pia.prove()
		h.must(second(pia.keepIssued(h.RemoveApp(h.ctx, pia.caller()))))
		ask := people.Policy{Audience: policy.Everybody, Minimum: policy.Resistant, StartsAt: h.clock.Now(), GraceDays: 7}
		try := func() string {
			t.Helper()
			run, err := h.TryPolicy(h.ctx, auth.Operator, ask)
			h.must(err)
			var names []string
			for _, p := range run.People {
				names = append(names, p.Username)
			}
			return fmt.Sprint(run.Affected, run.WithoutFactor, run.WithoutKey, names, !run.FirstDeadline.IsZero())
		}
		if got := try(); got != "4 1 2 [bare anna otto] true" && got != "4 1 1 [bare anna] true" {
			t.Errorf("keys: %s", got)
		}
		ask.Minimum = policy.AnyFactor
		if got := try(); got != "4 1 0 [bare] true" {
			t.Errorf("any: %s", got)
		}
		h.demandKeys(7)
		for p, want := range map[*someone]string{anna: "resistant false", otto: "resistant true", pia: "resistant true"} {
			if d := p.detail(); fmt.Sprint(d.Obligation.Minimum, " ", d.Met) != want {
				t.Errorf("%s: %s %v", p.name, d.Obligation.Minimum, d.Met)
			}
		}
	}, atLogin)
}

// Only people without a key are reminded by mail.
func TestRemindersOfKeys(t *testing.T) {
	mail := func(d *auth.Deps) { d.Mail = true }
	each(t, func(h *kit) {
		anna, otto := h.protected("anna", account.Person), h.protected("otto", account.Person)
		otto.addPasskey()
		for _, p := range []*someone{anna, otto} {
			h.must(h.SetEmail(h.ctx, auth.Operator, p.id, p.name+"@example.org"))
		}
		h.demandKeys(10)
		h.must(h.Housekeep(h.ctx))
		var sent []string
		h.must(h.db.Read(h.ctx).Raw("SELECT CONCAT(kind, ' ', recipient) FROM mails WHERE kind LIKE '%remind%'").Scan(&sent).Error)
		if !slices.Equal(sent, []string{"key_reminder anna@example.org"}) {
			t.Errorf("mailed: %v", sent)
		}
		h.must(h.GiveException(h.ctx, auth.Operator, anna.id, "on leave", h.clock.Now().Add(20*day)))
		h.clock.move(14 * day)
		h.must(h.Housekeep(h.ctx))
		h.must(h.db.Read(h.ctx).Raw("SELECT CONCAT(kind, ' ', recipient) FROM mails WHERE kind LIKE '%exception_ending'").Scan(&sent).Error)
		if !slices.Equal(sent, []string{"key_exception_ending anna@example.org"}) {
			t.Errorf("mailed: %v", sent)
		}
	}, atLogin, mail)
}

// A rule of an application that asks for a key, in the trial.
func TestTrialsWithKeys(t *testing.T) {
	each(t, func(h *kit) {
		h.person("bare")
		h.protected("app", account.Person)
		fresh, old := h.protected("fresh", account.Person), h.protected("old", account.Person)
		old.addPasskey()
		h.clock.move(3 * day)
		fresh.enter()
		fresh.addPasskey()
		rule := people.ApplicationRule{Path: "/", Methods: people.AllMethods, Who: app.Everybody, Factor: app.Resistant}
		h.mustCreate(people.Application{Name: "Wiki", Addresses: []string{"https://wiki.example.com"}, Rules: []people.ApplicationRule{rule}})
		for name, want := range map[string]string{"bare": "[set_up]", "app": "[set_up]", "fresh": "[key]", "old": "[]"} {
			trial, err := h.Try(h.ctx, auth.Operator, "https://wiki.example.com/", "GET", name)
			h.must(err)
			if got := fmt.Sprint(trial.Needs); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}, atLogin)
}

// dumpOf is all that a table holds.
func (h *kit) dumpOf(table string) string {
	h.Helper()
	var rows []map[string]any
	h.must(h.db.Read(h.ctx).Raw("SELECT * FROM " + table).Scan(&rows).Error)
	return fmt.Sprint(rows)
}

func noSheet(*account.Account, auth.NewCodes) ([]byte, error) { return []byte("%PDF"), nil }

// Once a key counts where a policy demands one, what a phished code could have added before
// does not: neither a new key, nor the session that has made one.
func TestUnderAPolicyOnKeysANewKeyIsNotEnough(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.protected("anna", account.Person)
		h.clock.move(2 * time.Hour) // her first session is over
		anna.enter()
		own := anna.addPasskey()
		h.demandKeys(3)
		h.clock.move(71*time.Hour + 30*time.Minute)
		thief := h.at("anna", anna.id)
		thief.secret = anna.secret
		thief.enter()
		planted := thief.addPasskey()
		if next := h.at("anna", anna.id).enterWithKey(planted); next != auth.NextDone {
			t.Errorf("before the deadline: next %s", next)
		}
		h.clock.move(30 * time.Minute)
		if c := thief.caller(); c.State != auth.PendingSecondFactor {
			t.Errorf("the session that made a key has the state %d", c.State)
		}
		late := h.at("anna", anna.id)
		h.must(second(late.trySignIn(goodPassword)))
		answer := late.useKey(planted)
		h.refused(second(h.VerifyKey(h.ctx, late.caller(), answer)), apperr.KeyRefused)
		if next := anna.enterWithKey(own); next != auth.NextDone {
			t.Errorf("the owner: next %s", next)
		}
	}, atLogin)
}
