package people_test

import (
	"fmt"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
)

// What would happen to a request: the application, the reason, the number of the rule,
// and what the person would be asked.
func TestTrials(t *testing.T) {
	each(t, func(h *kit) {
		root := h.protected("root", account.Administrator)
		h.mustHaveGroup("crew")
		h.person("plain") // no second factor
		h.protected("both", account.Person)
		paused := h.protected("paused", account.Person)
		paused.keep(first(h.Pause(h.ctx, paused.caller(), 0)))
		h.person("sailor")
		h.must(second(h.Join(h.ctx, auth.Operator, h.groupID("crew"), []string{"sailor"})))
		off := h.person("off")
		h.must(h.Disable(h.ctx, auth.Operator, off.id))
		two := forGroups("/two")
		two.Who, two.Factor, two.MaxAgeMinutes = app.Everybody, app.TwoFactors, 1
		h.mustCreate(application("Wiki",
			people.ApplicationRule{Path: "/open", Methods: people.Reading, Who: app.Public, Factor: app.NoFactor},
			forGroups("/crew", "crew"), two,
			people.ApplicationRule{Path: "/all", Methods: people.AllMethods, Who: app.Everybody, Factor: app.Password},
			people.ApplicationRule{Path: "/", Methods: people.Reading, Who: app.Everybody, Factor: app.Password}))
		h.mustCreate(application("Blog", people.ApplicationRule{Path: "/", Methods: people.AllMethods, Who: app.Public, Factor: app.NoFactor}))
		for _, c := range []struct{ address, method, username, want string }{
			{"wiki.example.com/open/x?y=1", "GET", "", "Wiki yes public 1"},
			{"wiki.example.com/open/x", "HEAD", "off", "Wiki yes public 1"}, // it asks nobody
			{"wiki.example.com:443/open", "GET", "plain", "Wiki yes public 1"},
			{"wiki.example.com/open", "POST", "plain", "Wiki no no_rule 0"},
			{"wiki.example.com/crew/x", "POST", "sailor", "Wiki yes rule 2"},
			{"wiki.example.com/crew/x", "POST", "SAILOR", "Wiki yes rule 2"},
			{"wiki.example.com/crew/x", "GET", "both", "Wiki no no_right 2"},
			{"wiki.example.com/crew", "GET", "", "Wiki no sign_in 2"},
			{"wiki.example.com/crew", "GET", "off", "Wiki no disabled 2"},
			{"wiki.example.com/two", "GET", "both", "Wiki yes rule 3"},
			{"wiki.example.com/two", "DELETE", "paused", "Wiki yes rule 3 code"},
			{"wiki.example.com/two", "GET", "plain", "Wiki yes rule 3 set_up"},
			{"wiki.example.com/two", "GET", "", "Wiki no sign_in 3"},
			{"wiki.example.com/two", "GET", "off", "Wiki no disabled 3"},
			{"wiki.example.com/", "GET", "plain", "Wiki yes rule 5"},
			{"wiki.example.com/", "PUT", "plain", "Wiki no no_rule 0"},
			{"wiki.example.com/", "PUT", "", "Wiki no no_rule 0"},
			{"wiki.example.com/all", "PUT", "paused", "Wiki yes rule 4"},
			{"wiki.example.com/x/../crew", "GET", "both", "Wiki no ambiguous 0"},
			{"wiki.example.com/CREW", "GET", "both", "Wiki no ambiguous 0"},
			{"wiki.example.com/%63rew", "GET", "sailor", "Wiki yes rule 0 set_up"}, // every rule has to allow it
			{"wiki.example.com/x//y", "GET", "", "Wiki no sign_in 0"},
			{"blog.example.com/x/../y", "GET", "", "Blog yes public 0"},
			{"blog.example.com/%2e", "POST", "off", "Blog yes public 0"},
			{"other.example.com/", "GET", "plain", " no no_application 0"},
			{"wiki.example.com:8443/", "GET", "plain", " no no_application 0"},
			{"login.example.com/", "GET", "plain", " no no_application 0"},
			{"blog.example.com/.imagemaster/start", "GET", "plain", " no no_application 0"}, // the gate's own
			{"blog.example.com/x/../.ImageMaster/", "GET", "", " no no_application 0"},
		} {
			before := h.dump()
			trial, err := h.Try(h.ctx, root.by(), "https://"+c.address, c.method, c.username)
			h.must(err)
			allowed, needs := map[bool]string{true: "yes", false: "no"}[trial.Allowed], ""
			for _, n := range trial.Needs {
				needs += " " + string(n)
			}
			if got := fmt.Sprintf("%s %s %s %d%s", trial.Application, allowed, trial.Reason, trial.Rule, needs); got != c.want {
				t.Errorf("%s %s by %q: %q, want %q", c.method, c.address, c.username, got, c.want)
			}
			h.unchanged(before)
		}
		for _, c := range []struct{ address, method, username, field, reason string }{
			{"", "GET", "", "address", "not_allowed"}, {"wiki.example.com/", "GET", "", "address", "not_allowed"}, {"https://wiki.example.com", "GET", "", "address", "not_allowed"},
			{"https://anna@wiki.example.com/", "GET", "", "address", "not_allowed"}, {"https://wiki.example.com/#x", "GET", "", "address", "not_allowed"},
			{"https://wiki.example.com/", "", "", "method", "not_allowed"}, {"https://wiki.example.com/", "get", "", "method", "not_allowed"}, {"https://wiki.example.com/", "GET,POST", "", "method", "not_allowed"},
			{"https://wiki.example.com/", strings.Repeat("A", 33), "", "method", "not_allowed"},
			{"https://wiki.example.com/", "GET", "nobody", "username", "unknown"}, {"https://wiki.example.com/", "GET", "a\x00", "username", "unknown"},
		} {
			h.refusedField(second(h.Try(h.ctx, root.by(), c.address, c.method, c.username)), c.field, c.reason)
		}
	}, atLogin)
}
