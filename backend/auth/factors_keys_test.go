package auth

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/policy"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// What is demanded × what the account has: whether a factor must be set up first, and
// whether codes of the app are accepted. The deadline is now.
func TestFactorsUnderPolicies(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	asks := func(least policy.Minimum, ends time.Duration) policy.Obligation {
		o := policy.Obligation{Audience: policy.Everybody, Minimum: least, Begins: now.Add(-time.Hour), Ends: now.Add(ends)}
		if least == policy.Resistant {
			key := o
			o.Key = &key
		}
		return o
	}
	nothing, any, key, keyLater := policy.Obligation{}, asks(policy.AnyFactor, 0), asks(policy.Resistant, 0), asks(policy.Resistant, time.Millisecond)
	excepted := asks(policy.Resistant, 0)
	excepted.Exception = &policy.Exception{EndsAt: at(time.Hour)}
	excepted.Key.Exception = excepted.Exception
	app := &totp.Key{AccountID: 1}
	for name, c := range map[string]struct {
		f          Factors
		obligation policy.Obligation
		mustSetUp  bool
		methods    string
	}{
		"nothing asked, no factor":           {Factors{}, nothing, false, ""},
		"the operator, no factor":            {Factors{required: true}, nothing, true, ""},
		"the operator, an app":               {Factors{required: true, App: app}, nothing, false, "totp backup help"},
		"any, no factor":                     {Factors{}, any, true, ""},
		"any, an app":                        {Factors{App: app}, any, false, "totp backup help"},
		"any, a key that counts and an app":  {Factors{App: app, anyKey: true, resistantFrom: at(0)}, any, false, "totp backup help"},
		"a key, no factor":                   {Factors{}, key, true, ""},
		"a key, an app":                      {Factors{App: app}, key, true, "totp backup help"},
		"a key, one of another address":      {Factors{anyKey: true}, key, true, "backup help"},
		"a key, that and an app":             {Factors{App: app, anyKey: true}, key, true, "totp backup help"},
		"a key, a new one":                   {Factors{anyKey: true, resistantFrom: at(time.Millisecond)}, key, false, "backup help"},
		"a key, a new one and an app":        {Factors{App: app, anyKey: true, resistantFrom: at(time.Millisecond)}, key, false, "totp backup help"},
		"a key, one that counts":             {Factors{anyKey: true, resistantFrom: at(0)}, key, false, "backup help"},
		"a key, one that counts and an app":  {Factors{App: app, anyKey: true, resistantFrom: at(0)}, key, false, "backup help"},
		"in grace, an app":                   {Factors{App: app}, keyLater, false, "totp backup help"},
		"in grace, both":                     {Factors{App: app, anyKey: true, resistantFrom: at(0)}, keyLater, false, "totp backup help"},
		"an exception, no factor":            {Factors{}, excepted, false, ""},
		"an exception, an app":               {Factors{App: app}, excepted, false, "totp backup help"},
		"an exception, both":                 {Factors{App: app, anyKey: true, resistantFrom: at(0)}, excepted, false, "totp backup help"},
		"an exception, but for the operator": {Factors{required: true}, excepted, true, ""},
	} {
		c.f.account, c.f.obligation = &account.Account{ID: 1}, c.obligation
		if got := c.f.MustSetUp(now); got != c.mustSetUp {
			t.Errorf("%s: must set up %v", name, got)
		}
		var methods []throttle.Method
		for _, m := range []throttle.Method{"totp", "backup", "help"} {
			if slices.Contains(c.f.Methods(now), m) {
				methods = append(methods, m)
			}
		}
		if got := join(methods); got != c.methods || len(methods) != len(c.f.Methods(now)) {
			t.Errorf("%s: %q are accepted, want %q", name, got, c.methods)
		}
	}
}

func join(methods []throttle.Method) (text string) {
	for i, m := range methods {
		if i > 0 {
			text += " "
		}
		text += string(m)
	}
	return text
}
