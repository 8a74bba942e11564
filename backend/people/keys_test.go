package people_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/people"
)

// publicURL is the address of the server whose keys work.
const publicURL = "https://sign-in.example"

func atPublicURL(d *auth.Deps) { d.PublicURL = publicURL }

// newKey is a row of a key that works at publicURL.
func (h *kit) newKey(accountID int64, kind passkey.Kind) passkey.Key {
	h.made++
	isPasskey := kind == passkey.Passkey
	return passkey.Key{AccountID: accountID, RPID: "sign-in.example", CredentialID: binary.BigEndian.AppendUint64(nil, uint64(h.made)),
		PublicKey: []byte{1}, AAGUID: make([]byte, 16), Discoverable: isPasskey, Verified: isPasskey, Name: fmt.Sprintf("key %d", h.made),
		CreatedAt: h.clock.Now().UnixMilli(), ResistantAt: h.clock.Now().UnixMilli()}
}

// addKey gives the person a key. change says what is different about it.
func (p *someone) addKey(kind passkey.Kind, change ...func(*passkey.Key)) {
	p.Helper()
	k := p.newKey(p.id, kind)
	for _, c := range change {
		c(&k)
	}
	p.must(p.db.InTx(p.ctx, func(tx *database.Tx) error { return passkey.Create(p.ctx, tx, &k) }))
}

// elsewhereKey makes a key one of another address.
func elsewhereKey(k *passkey.Key) { k.RPID = "old.example" }

// kill stops the codes of the app.
func (p *someone) kill() {
	p.Helper()
	p.must(p.db.InTx(p.ctx, func(tx *database.Tx) error {
		return tx.Exec("UPDATE code_budgets SET failures = 60 WHERE account_id = ? AND method = 'totp'", p.id).Error
	}))
}

// keyPeople makes people with all sorts of factors.
func keyPeople(h *kit) {
	h.Helper()
	h.person("none")
	h.protected("app", account.Person)
	h.person("pass").addKey(passkey.Passkey)
	hard := h.person("hard")
	hard.addKey(passkey.HardwareKey)
	hard.addKey(passkey.HardwareKey)
	all := h.protected("all", account.Person)
	all.addKey(passkey.HardwareKey)
	all.addKey(passkey.Passkey)
	h.person("old").addKey(passkey.Passkey, elsewhereKey)
	moved := h.person("moved")
	moved.addKey(passkey.Passkey, elsewhereKey)
	moved.addKey(passkey.HardwareKey)
	dead := h.protected("dead", account.Person)
	dead.kill()
	dead.addKey(passkey.Passkey, elsewhereKey)
	rescued := h.protected("rescued", account.Person)
	rescued.kill()
	rescued.addKey(passkey.Passkey)
	paused := h.person("paused")
	paused.addKey(passkey.HardwareKey)
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
		return tx.Exec("UPDATE accounts SET paused_at = ?, paused_until = 0 WHERE id = ?", h.clock.Now().UnixMilli(), paused.id).Error
	}))
}

// A list says which kinds of second factors somebody has, and whether one of them works.
func TestListOfPeopleWithKeys(t *testing.T) {
	want := map[string]string{
		"none": "none  none", "app": "enabled app enabled", "pass": "enabled passkey none", "hard": "enabled hardware_key none",
		"all": "enabled app passkey hardware_key enabled", "old": "elsewhere passkey none", "moved": "enabled passkey hardware_key none",
		"dead": "dead app passkey dead", "rescued": "enabled app passkey dead", "paused": "paused hardware_key none",
	}
	each(t, func(h *kit) {
		keyPeople(h)
		got := map[string]string{}
		h.must(h.Each(h.ctx, auth.Operator, people.Query{}, func(p people.Person) error {
			got[p.Username] = fmt.Sprintf("%s %s %s", p.SecondFactor, p.Factors, p.AppState)
			return nil
		}))
		if len(got) != len(want) {
			h.Errorf("%d people", len(got))
		}
		for name, says := range want {
			if got[name] != says {
				h.Errorf("%s is listed as %q, want %q", name, got[name], says)
			}
		}
		for filter, want := range map[people.Filter]string{people.WithoutFactor: "none", people.WithoutCodes: "all app dead hard moved old pass paused rescued"} {
			page, err := h.List(h.ctx, auth.Operator, people.Query{Filter: filter})
			h.must(err)
			var names []string
			for _, p := range page.People {
				names = append(names, p.Username)
			}
			if got := strings.Join(names, " "); got != want {
				h.Errorf("%s: %s, want %s", filter, got, want)
			}
		}
		r, err := h.Report(h.ctx, auth.Operator, 90)
		h.must(err)
		numbers := people.PeopleNumbers{Total: 10, Enabled: 10, WithFactor: 8, WithoutFactor: 1, Paused: 1, WithApp: 4, WithPasskey: 6, WithHardwareKey: 4,
			Dead: 2, Elsewhere: 1, WithoutCodes: 9}
		if r.People != numbers {
			h.Errorf("report: %+v, want %+v", r.People, numbers)
		}
		e, err := h.ExportReport(h.ctx, auth.Operator, "csv", 90)
		h.must(err)
		for _, want := range []string{"account,,all,,factors,app passkey hardware_key,", "people,,,,with_hardware_key,4,", "people,,,,elsewhere,1,"} {
			if !strings.Contains(e.Content, want) {
				h.Errorf("%q is missing in\n%s", want, e.Content)
			}
		}
		if e, err = h.Export(h.ctx, auth.Operator, "csv", people.Query{Search: "moved"}); err != nil || !strings.Contains(e.Content, ",enabled,passkey hardware_key,0,") {
			h.Errorf("%v: %s", err, e.Content)
		}
		if e, err = h.Export(h.ctx, auth.Operator, "json", people.Query{Search: "none"}); err != nil || !strings.Contains(e.Content, `"two_factor":"none","factors":[],`) {
			h.Errorf("%v: %s", err, e.Content)
		}
	}, atPublicURL)
}

// A command that is not told the public URL takes every key for one that works.
func TestListWithoutThePublicURL(t *testing.T) {
	each(t, func(h *kit) {
		old := h.person("old")
		old.addKey(passkey.Passkey, elsewhereKey)
		if d := old.detail(); d.SecondFactor != people.FactorEnabled || len(d.Keys) != 1 || !d.Keys[0].Works {
			h.Errorf("%s, keys %+v", d.SecondFactor, d.Keys)
		}
	})
}

// The page of a person lists the keys. The first factor and the last use count over all.
func TestPersonWithKeys(t *testing.T) {
	each(t, func(h *kit) {
		began := h.clock.Now()
		p := h.person("pia")
		p.addKey(passkey.Passkey, func(k *passkey.Key) { k.LastUsedAt = began.Add(3 * time.Hour).UnixMilli() })
		h.clock.move(time.Hour)
		p.addKey(passkey.HardwareKey, elsewhereKey)
		d := p.detail()
		var got []string
		for _, k := range d.Keys {
			got = append(got, fmt.Sprint(k.Kind(), k.Works))
		}
		if strings.Join(got, " ") != "passkeytrue hardware_keyfalse" || d.App != nil {
			h.Errorf("keys %v, app %v", got, d.App)
		}
		if d.FactorSince != began.UnixMilli() || d.FactorUsed != began.Add(3*time.Hour).UnixMilli() {
			h.Errorf("since %d, used %d", d.FactorSince, d.FactorUsed)
		}
	}, atPublicURL)
}

// Somebody with a key has a second factor in everything that others do: a role, a password
// link and a help code are possible, and the removal takes all factors away.
func TestActsOnPeopleWithKeys(t *testing.T) {
	each(t, func(h *kit) {
		root, helga := h.protected("root", account.Administrator), h.protected("helga", account.Helper)
		bare, pia := h.person("bare"), h.protected("pia", account.Person)
		h.refused(h.SetRole(h.ctx, root.by(), bare.id, account.Helper, false), apperr.FactorMissing)
		h.refused(second(h.GivePasswordLink(h.ctx, helga.by(), bare.id, "en")), apperr.RoleOwed)

		kim := h.person("kim")
		kim.addKey(passkey.HardwareKey)
		for by, want := range map[*someone][]people.Act{
			helga: {people.ActPasswordLink, people.ActHelpCode},
			root:  {people.ActPasswordLink, people.ActHelpCode, people.ActRemoveFactor, people.ActRole},
		} {
			d, err := h.Find(h.ctx, by.by(), kim.id)
			h.must(err)
			for _, act := range want {
				if !slices.Contains(d.May, act) {
					h.Errorf("%s may do %v, not %s", by.name, d.May, act)
				}
			}
		}
		h.must(h.SetRole(h.ctx, root.by(), kim.id, account.Helper, false))
		h.must(h.SetRole(h.ctx, root.by(), kim.id, account.Person, false))
		h.must(second(h.GivePasswordLink(h.ctx, helga.by(), kim.id, "en")))

		pia.addKey(passkey.Passkey)
		pia.addKey(passkey.HardwareKey, elsewhereKey)
		recorded := h.eventsOf(func() { h.must(h.RemoveSecondFactor(h.ctx, root.by(), pia.id, "lost everything")) })
		if len(recorded) != 1 || recorded[0].Kind != "key_removed" || recorded[0].Facts().Detail != "lost everything" {
			h.Errorf("recorded %+v", recorded)
		}
		if d := pia.detail(); d.SecondFactor != people.FactorNone || len(d.Keys) != 0 || d.App != nil || slices.Contains(d.May, people.ActRemoveFactor) {
			h.Errorf("left: %s, %d keys, %v", d.SecondFactor, len(d.Keys), d.App)
		}
		keys, err := passkey.List(h.ctx, h.db.Read(h.ctx), pia.id)
		if h.must(err); len(keys) != 0 {
			h.Errorf("%d keys are left", len(keys))
		}
		if next, err := pia.trySignIn(goodPassword); err != nil || next != auth.NextDone {
			h.Errorf("signed in: %s, %v", next, err)
		}
	}, atPublicURL)
}
