package people_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/people"
	"imagemaster/backend/session"
	"imagemaster/backend/testdb"
)

// given is a link that somebody was given: by whom, for whom.
type given struct {
	*kit
	root  *someone // an administrator who stays
	giver *someone
	p     *someone
	token string
}

// giveLink lets an administrator give a link of a kind, to anna.
func giveLink(h *kit, kind account.LinkKind) *given {
	h.Helper()
	g := &given{kit: h, root: h.protected("root", account.Administrator), giver: h.protected("giver", account.Administrator)}
	h.mustHaveGroup("staff")
	if kind == account.Invitation {
		id, link, err := h.Invite(h.ctx, g.giver.by(), people.Invitation{Username: "anna", Lifetime: oneWeek, Language: "en"})
		h.must(err)
		g.p, g.token = h.at("anna", id), link.Token
		return g
	}
	g.p = h.protected("anna", account.Person)
	g.giver.prove()
	link, err := h.GivePasswordLink(h.ctx, g.giver.by(), g.p.id, "en")
	h.must(err)
	g.token = link.Token
	return g
}

var linkKinds = []account.LinkKind{account.Invitation, account.PasswordLink}

// ended checks that a link does nothing any more, and that the answer costs no hash.
func (g *given) ended() {
	g.Helper()
	before, runs := g.dump(), g.Hasher.Runs()
	g.refused(second(g.LookAtLink(g.ctx, g.token)), apperr.LinkEnded)
	g.refused(second(g.UseLink(g.ctx, &auth.Caller{}, g.token, newPassword)), apperr.LinkEnded)
	g.unchanged(before)
	if g.Hasher.Runs() != runs {
		g.Error("a link that has ended costs a hash")
	}
}

// works checks that a link still does what it is for.
func (g *given) works(kind account.LinkKind) {
	g.Helper()
	w, err := g.LookAtLink(g.ctx, g.token)
	g.must(err)
	if w.Kind != kind || w.Username != "anna" {
		g.Errorf("the link is %+v", w)
	}
	g.must(second(g.UseLink(g.ctx, &auth.Caller{}, g.token, newPassword)))
}

// What ends a link: then it can neither be looked at nor used.
func TestWhatEndsALink(t *testing.T) {
	lives := map[account.LinkKind]time.Duration{account.Invitation: 7 * 24 * time.Hour, account.PasswordLink: time.Hour}
	both := map[string]func(g *given, kind account.LinkKind){
		"its time is over": func(g *given, kind account.LinkKind) { g.clock.move(lives[kind]) },
		"it was given by a clock that was ahead": func(g *given, _ account.LinkKind) {
			g.clock.move(-5*time.Minute - time.Millisecond)
		},
		"it was used":             func(g *given, kind account.LinkKind) { g.works(kind) },
		"the account is disabled": func(g *given, _ account.LinkKind) { g.must(g.Disable(g.ctx, auth.Operator, g.p.id)) },
		"the giver was disabled and is enabled": func(g *given, _ account.LinkKind) {
			g.must(g.Disable(g.ctx, auth.Operator, g.giver.id))
			g.must(g.Service.Enable(g.ctx, auth.Operator, g.giver.id))
		},
		"the giver was a person for a while": func(g *given, _ account.LinkKind) {
			g.must(g.SetRole(g.ctx, auth.Operator, g.giver.id, account.Person, true))
			g.must(g.SetRole(g.ctx, auth.Operator, g.giver.id, account.Administrator, false))
		},
		"it was disabled and is enabled": func(g *given, _ account.LinkKind) {
			g.p.keptOut()
			g.must(g.Service.Enable(g.ctx, auth.Operator, g.p.id))
		},
		"the account is renamed": func(g *given, _ account.LinkKind) {
			g.must(g.Rename(g.ctx, auth.Operator, g.p.id, people.Names{Username: "hannah"}))
		},
		"the display name changes": func(g *given, _ account.LinkKind) {
			g.must(g.Rename(g.ctx, auth.Operator, g.p.id, people.Names{Username: "anna", DisplayName: "Anna"}))
		},
		"the e-mail changes": func(g *given, _ account.LinkKind) {
			g.must(g.SetEmail(g.ctx, auth.Operator, g.p.id, "anna@example.org"))
		},
		"the account is deleted": func(g *given, _ account.LinkKind) {
			g.must(g.Service.Delete(g.ctx, auth.Operator, g.p.id, "anna", false))
		},
		"the operator sets a password": func(g *given, _ account.LinkKind) { g.must(second(g.SetPassword(g.ctx, "anna", newPassword))) },
		"the giver becomes a person": func(g *given, _ account.LinkKind) {
			g.must(g.SetRole(g.ctx, auth.Operator, g.giver.id, account.Person, false))
		},
		"the giver is disabled": func(g *given, _ account.LinkKind) { g.must(g.Disable(g.ctx, auth.Operator, g.giver.id)) },
		"the giver loses the second factor and sets up another": func(g *given, _ account.LinkKind) {
			g.must(g.RemoveSecondFactor(g.ctx, auth.Operator, g.giver.id, "lost"))
			g.giver.enter()
			g.giver.setUp()
		},
		"the giver is deleted": func(g *given, _ account.LinkKind) {
			g.must(g.Service.Delete(g.ctx, auth.Operator, g.giver.id, "giver", false))
		},
		"everything that is open ends": func(g *given, _ account.LinkKind) { g.must(second(g.EndAllSessions(g.ctx))) },
		"a backup is restored":         func(g *given, _ account.LinkKind) { g.must(g.EndRestored(g.ctx, auth.Restored{})) },
		"the housekeeping runs later": func(g *given, kind account.LinkKind) {
			g.clock.move(lives[kind])
			g.must(g.Housekeep(g.ctx))
			if n := g.countRows("account_links"); n != 0 {
				g.Errorf("%d links are kept", n)
			}
		},
	}
	invitation := map[string]func(g *given, kind account.LinkKind){
		"another one is given": func(g *given, _ account.LinkKind) {
			g.must(second(g.Reinvite(g.ctx, auth.Operator, g.p.id, oneWeek, "en")))
		},
		"the giver becomes a helper": func(g *given, _ account.LinkKind) {
			g.must(g.SetRole(g.ctx, auth.Operator, g.giver.id, account.Helper, false))
		},
	}
	passwordLink := map[string]func(g *given, kind account.LinkKind){
		"another one is given": func(g *given, _ account.LinkKind) { g.must(takeovers["password link"](g.kit, auth.Operator, g.p)) },
		"the person changes the password": func(g *given, _ account.LinkKind) {
			g.p.prove()
			g.must(second(g.ChangePassword(g.ctx, g.p.caller(), goodPassword, newPassword)))
		},
		"the person gets another role": func(g *given, _ account.LinkKind) {
			g.must(g.SetRole(g.ctx, auth.Operator, g.p.id, account.Helper, false))
		},
		"the second factor is removed": func(g *given, _ account.LinkKind) {
			g.must(g.RemoveSecondFactor(g.ctx, auth.Operator, g.p.id, "lost"))
		},
		"the person moves to another phone": func(g *given, _ account.LinkKind) { g.p.prove(); g.p.setUp() },
		"the person pauses":                 func(g *given, _ account.LinkKind) { g.p.prove(); g.must(second(g.Pause(g.ctx, g.p.caller(), 0))) },
		"the person chooses another e-mail": func(g *given, _ account.LinkKind) {
			g.p.addressed("anna@home.example")
			g.p.prove()
			g.must(g.ChooseEmail(g.ctx, g.p.caller(), true))
		},
		"a helper gave it, and the person becomes one": func(g *given, _ account.LinkKind) {
			g.must(g.SetRole(g.ctx, auth.Operator, g.giver.id, account.Helper, false))
			g.must(g.SetRole(g.ctx, auth.Operator, g.p.id, account.Helper, false))
		},
	}
	for i, all := range []map[string]func(g *given, kind account.LinkKind){both, invitation, passwordLink} {
		for what, end := range all {
			for k, kind := range linkKinds {
				if i > 0 && k != i-1 {
					continue
				}
				t.Run(string(kind)+": "+what, func(t *testing.T) {
					each(t, func(h *kit) {
						g := giveLink(h, kind)
						end(g, kind)
						g.ended()
					})
				})
			}
		}
	}
}

// What has nothing to do with a link does not end it.
func TestWhatEndsNoLink(t *testing.T) {
	for what, c := range map[string]struct {
		kinds []account.LinkKind
		do    func(g *given)
	}{
		"almost all of its time is over": {linkKinds[1:], func(g *given) { g.clock.move(time.Hour - time.Millisecond) }},
		"almost a week is over":          {linkKinds[:1], func(g *given) { g.clock.move(oneWeek - time.Millisecond); g.must(g.Housekeep(g.ctx)) }},
		"its clock was a little ahead":   {linkKinds, func(g *given) { g.clock.move(-5 * time.Minute) }},
		"the sessions end":               {linkKinds, func(g *given) { g.must(g.EndSessions(g.ctx, auth.Operator, g.p.id)) }},
		"the groups change":              {linkKinds, func(g *given) { g.must(g.SetGroups(g.ctx, auth.Operator, g.p.id, []string{"staff"})) }},
		"the giver gets another name": {linkKinds, func(g *given) {
			g.must(g.Rename(g.ctx, auth.Operator, g.giver.id, people.Names{Username: "given"}))
		}},
		"it was looked at": {linkKinds, func(g *given) {
			for range 20 {
				g.must(second(g.LookAtLink(g.ctx, g.token)))
			}
		}},
		"a password is refused": {linkKinds, func(g *given) {
			before := g.dump()
			for typed, reason := range map[string]string{"": "too_short", "short": "too_short", "password password": "common", "anna anna anna anna": "contains_name",
				strings.Repeat("long ", 52): "too_long"} {
				g.refusedField(second(g.UseLink(g.ctx, &auth.Caller{}, g.token, typed)), "password", reason)
			}
			g.unchanged(before)
		}},
		"the person signs in as before": {linkKinds[1:], func(g *given) { g.p.elsewhere() }},
		"somebody tries wrong passwords": {linkKinds, func(g *given) {
			for range 5 {
				g.refused(second(g.at("anna", g.p.id).trySignIn("a wrong password, long enough")), apperr.CredentialsWrong)
			}
		}},
	} {
		for _, kind := range c.kinds {
			t.Run(string(kind)+": "+what, func(t *testing.T) {
				each(t, func(h *kit) {
					g := giveLink(h, kind)
					c.do(g)
					g.works(kind)
				})
			})
		}
	}
}

// An invitation signs the person in by the password just chosen, and gives nothing else.
func TestAnInvitationSignsIn(t *testing.T) {
	for required, next := range map[bool]auth.Next{false: auth.NextDone, true: auth.NextSetUp} {
		each(t, func(h *kit) {
			g := giveLink(h, account.Invitation)
			b := g.p
			b.enterAs(g.root) // a browser that is signed in as somebody else
			former := b.tokens
			var r auth.SignInResult
			events := h.eventsOf(func() {
				var err error
				r, err = h.UseLink(h.ctx, b.caller(), g.token, goodPassword)
				h.must(err)
			})
			b.keep(r.Issued)
			c := b.caller()
			if r.Next != next || c.State != auth.SignedIn || c.Session.Level != session.LevelPassword || c.Account.ID != b.id || c.Account.Role() != account.Person {
				t.Errorf("next is %q, the caller %+v", r.Next, c)
			}
			if old, err := h.Resolve(h.ctx, b.client, former, false); err != nil || old.Session != nil {
				t.Errorf("the former session of the browser goes on: %v", err)
			}
			var said []string
			for _, e := range events {
				said = append(said, brief(e))
			}
			want := []string{brief(audit.Event{Kind: audit.LinkUsed, AccountID: &b.id, Actor: "person", Reason: "invitation"}),
				brief(audit.Event{Kind: audit.SignIn, AccountID: &b.id, Actor: "person"})}
			if !slices.Equal(said, want) {
				t.Errorf("the events are %q, want %q", said, want)
			}
			if got := h.notices(g.giver.id)[0]; got != "invitation_accepted anna" {
				t.Errorf("the giver is told %q", got)
			}
			if got := h.notices(b.id); len(got) != 0 {
				t.Errorf("the person is told %q", got)
			}
			if d := b.detail(); d.State != people.Enabled || d.MustChangePassword || d.Link != nil {
				t.Errorf("the account is %+v", d)
			}
			h.refused(second(h.List(h.ctx, b.by(), people.Query{})), map[bool]apperr.Code{false: apperr.RoleOwed, true: apperr.SetUpOwed}[required])
			b.setUp() // at once, by the password just given
			g.ended()
			b.elsewhere()
		}, func(d *auth.Deps) { d.RequireTwoFactor = required })
	}
}

// enterAs signs the browser in as somebody else.
func (p *someone) enterAs(other *someone) {
	p.Helper()
	b := other.elsewhere()
	p.tokens = b.tokens
}

// A password link opens no session and leaves the second factor owed. All that was
// open ends.
func TestAPasswordLinkOpensNothing(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.PasswordLink)
		other := g.p.elsewhere()
		half := h.at("anna", g.p.id)
		h.must(second(half.trySignIn(goodPassword)))
		stranger := h.at("anna", g.p.id)
		var r auth.SignInResult
		events := h.eventsOf(func() {
			var err error
			r, err = h.UseLink(h.ctx, stranger.caller(), g.token, newPassword)
			h.must(err)
		})
		if r.Next != auth.NextDone || r.Issued != (auth.Issued{}) {
			t.Errorf("the answer is %+v", r)
		}
		for name, b := range map[string]*someone{"the session": g.p, "another session": other, "a pending sign-in": half, "the browser with the link": stranger} {
			if c := b.caller(); c.State != auth.Anonymous || c.Device != nil {
				t.Errorf("%s: %+v", name, c)
			}
		}
		var said []string
		for _, e := range events {
			said = append(said, brief(e))
		}
		want := []string{brief(audit.Event{Kind: audit.PasswordKnown, AccountID: &g.p.id, Actor: "person"}), // of the pending sign-in
			brief(audit.Event{Kind: audit.LinkUsed, AccountID: &g.p.id, Actor: "person", Reason: "password"})}
		if !slices.Equal(said, want) {
			t.Errorf("the events are %q, want %q", said, want)
		}
		if got := h.notices(g.p.id)[0]; got != "password_link_used" {
			t.Errorf("the person is told %q", got)
		}
		if got := h.notices(g.giver.id)[0]; got != "password_link_spent anna" {
			t.Errorf("the giver is told %q", got)
		}
		h.refused(second(stranger.trySignIn(goodPassword)), apperr.CredentialsWrong)
		next, err := stranger.trySignIn(newPassword)
		h.must(err)
		if next != auth.NextSecondFactor || stranger.caller().State != auth.PendingSecondFactor {
			t.Fatalf("next is %q", next)
		}
		stranger.secret = g.p.secret
		h.must(stranger.verify(stranger.code()))
		if c := stranger.caller(); c.State != auth.SignedIn || c.Next != auth.NextDone || c.Session.Level != session.LevelTwo {
			t.Errorf("the caller is %+v", c)
		}
	})
}

// The session of somebody else in the browser with a password link goes on: the link
// signs nobody in and nobody out.
func TestAPasswordLinkLeavesTheBrowserAlone(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.PasswordLink)
		b := g.root.elsewhere()
		r, err := h.UseLink(h.ctx, b.caller(), g.token, newPassword)
		h.must(err)
		if r.Issued != (auth.Issued{}) || b.caller().State != auth.SignedIn || b.caller().Account.ID != g.root.id {
			t.Errorf("the answer is %+v", r)
		}
	})
}

// Of all who use one link at the same time, in two processes, one succeeds.
func TestALinkWorksOnce(t *testing.T) {
	for _, kind := range linkKinds {
		t.Run(string(kind), func(t *testing.T) {
			testdb.EachEngine(t, func(t *testing.T, engine string) {
				h, o := raceKit(t, engine)
				g := giveLink(h, kind)
				before := len(h.events())
				arg, err := json.Marshal(linkUse{Ring: h.ringPath, Token: g.token, Now: h.clock.Now()})
				h.must(err)
				got := testdb.Race(t, o, "link", string(arg))
				if got.Won != 1 || got.Lost != testdb.All()-1 {
					t.Errorf("%d won and %d lost of %d", got.Won, got.Lost, testdb.All())
				}
				used := 0
				for _, e := range h.events()[before:] {
					if e.Kind == audit.LinkUsed {
						used++
					}
				}
				if want := map[account.LinkKind]int{account.Invitation: 1, account.PasswordLink: 0}[kind]; used != 1 || len(g.p.detail().Sessions) != want {
					t.Errorf("%d events, %d sessions", used, len(g.p.detail().Sessions))
				}
				g.ended()
			})
		})
	}
}

// No other text is a link, and each is of one account.
func TestOtherTokens(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.Invitation)
		eva, evas := h.invited("eva")
		before := h.dump()
		random := make([]byte, 32)
		rand.Read(random)
		raw, err := base64.RawURLEncoding.DecodeString(g.token)
		h.must(err)
		if len(g.token) != 43 || len(raw) != 32 || g.token == evas {
			t.Errorf("the tokens are %q and %q", g.token, evas)
		}
		for _, other := range []string{"", "x", g.token[:42], g.token + "A", " " + g.token, strings.ToUpper(g.token), base64.RawURLEncoding.EncodeToString(random),
			base64.StdEncoding.EncodeToString(raw), string(raw), g.token + evas, strings.Repeat("A", 43), "' OR 1=1 --", strings.Repeat(g.token, 100)} {
			h.refused(second(h.LookAtLink(h.ctx, other)), apperr.LinkEnded)
			h.refused(second(h.UseLink(h.ctx, &auth.Caller{}, other, newPassword)), apperr.LinkEnded)
		}
		h.unchanged(before)
		h.must(second(h.UseLink(h.ctx, &auth.Caller{}, evas, goodPassword)))
		if g.p.account().HasPassword() || !eva.account().HasPassword() {
			t.Error("the link of one account has changed another")
		}
		g.works(account.Invitation)
	})
}

// While the server hashes too many passwords, a link waits and is not used up.
func TestABusyServerUsesNoLinkUp(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.Invitation)
		for range 4 {
			leave, err := h.Hasher.Enter(h.ctx, password.Source{Address: "192.0.2.7"})
			h.must(err)
			defer leave()
		}
		before := h.dump()
		c := g.p.caller()
		h.refused(second(h.UseLink(h.ctx, c, g.token, newPassword)), apperr.Busy)
		h.unchanged(before)
	})
}

// Before the password is chosen nobody signs in to an account that was invited, and it
// looks like a name that nobody has: the same answer for the same work.
func TestAnInvitedAccountCannotBeSignedInTo(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.Invitation)
		for _, typed := range []string{"", " ", goodPassword, g.token} {
			var runs [2]uint64
			var errs [2]error
			for i, name := range []string{"anna", "nobody"} {
				before := h.Hasher.Runs()
				b := h.at(name, 0)
				errs[i] = second(b.trySignIn(typed))
				runs[i] = h.Hasher.Runs() - before
				if b.tokens != (auth.Tokens{}) {
					t.Errorf("%q: a cookie was set", name)
				}
			}
			h.refused(errs[0], apperr.CredentialsWrong)
			if errs[0].Error() != errs[1].Error() || runs[0] != 1 || runs[1] != 1 {
				t.Errorf("%q: %v after %d hashes, an unknown name %v after %d", typed, errs[0], runs[0], errs[1], runs[1])
			}
		}
		var reasons []string
		for _, e := range h.events() {
			if e.Kind == audit.Password && e.AccountID != nil && *e.AccountID == g.p.id {
				reasons = append(reasons, e.Reason)
			}
		}
		if !slices.Equal(reasons, []string{"no_password_yet", "no_password_yet", "no_password_yet", "no_password_yet"}) {
			t.Errorf("the reasons are %q", reasons)
		}
		g.works(account.Invitation)
	})
}

// Links are given only where they fit: an invitation to somebody without a password,
// a password link to somebody with one, nothing to a disabled account.
func TestWhoGetsALink(t *testing.T) {
	each(t, func(h *kit) {
		anna := h.person("anna")
		invited, _ := h.invited("invited")
		out := h.person("out")
		out.keptOut()
		gone, _ := h.invited("gone")
		gone.keptOut()
		before := h.dump()
		for _, p := range []*someone{invited, out, gone} {
			h.refused(second(h.GivePasswordLink(h.ctx, auth.Operator, p.id, "en")), apperr.WrongState)
		}
		for _, p := range []*someone{anna, out, gone} {
			h.refused(second(h.Reinvite(h.ctx, auth.Operator, p.id, oneWeek, "en")), apperr.WrongState)
		}
		for _, d := range []time.Duration{-time.Hour, 0, time.Hour - time.Nanosecond, 720*time.Hour + time.Nanosecond, 1 << 62} {
			h.refusedField(second(h.Reinvite(h.ctx, auth.Operator, invited.id, d, "en")), "hours", "not_allowed")
			_, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "new", Lifetime: d, Language: "en"})
			h.refusedField(err, "hours", "not_allowed")
			h.refusedField(second(h.Import(h.ctx, auth.Operator, []byte("username\nnew\n"), people.InBrowser, d, "en")), "hours", "not_allowed")
		}
		h.unchanged(before)
		for _, d := range []time.Duration{time.Hour, 720 * time.Hour} {
			link, err := h.Reinvite(h.ctx, auth.Operator, invited.id, d, "en")
			h.must(err)
			if !link.EndsAt.Equal(h.clock.Now().Add(d).Truncate(time.Millisecond)) {
				t.Errorf("a link of %v ends at %v", d, link.EndsAt)
			}
		}
		h.must(h.Service.Enable(h.ctx, auth.Operator, gone.id))
		h.must(second(h.Reinvite(h.ctx, auth.Operator, gone.id, oneWeek, "en")))
	})
}

// An account that was invited has neither a key nor a way to get one but the link.
func TestAnInvitedAccountHasNothing(t *testing.T) {
	each(t, func(h *kit) {
		g := giveLink(h, account.Invitation)
		d := g.p.detail()
		if d.State != people.Invited || d.SecondFactor != people.FactorNone || d.Role() != account.Person || len(d.Sessions) != 0 || d.LastSignInAt != 0 ||
			d.Link == nil || d.Link.Kind != account.Invitation || d.LinkBy != "giver" {
			t.Errorf("the account is %+v", d)
		}
		h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error {
			return tx.Exec("UPDATE accounts SET password_hash = '' WHERE username = 'root'").Error // as if it were damaged
		}))
		h.refused(second(h.at("root", 0).trySignIn("")), apperr.CredentialsWrong)
	})
}
