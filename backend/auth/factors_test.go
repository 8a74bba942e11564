package auth

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

func TestFactors(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	key := &totp.Key{AccountID: 1}
	for name, c := range map[string]struct {
		app          *totp.Key
		codes        int
		pausedAt     time.Time // zero = not paused
		pausedUntil  time.Time // zero = open end
		required     bool
		any, paused  bool
		level        session.Level
		couldRecover bool
	}{
		"nothing":                              {level: 1},
		"nothing, though required":             {required: true, level: 1},
		"an app":                               {app: key, any: true, level: 2},
		"an app and codes":                     {app: key, codes: 1, any: true, level: 2, couldRecover: true},
		"codes without an app":                 {codes: 10, level: 1},
		"a pause with an open end":             {app: key, codes: 10, pausedAt: now.Add(-time.Hour), any: true, paused: true, level: 1, couldRecover: true},
		"the last moment of a pause":           {app: key, pausedAt: now.Add(-time.Hour), pausedUntil: now.Add(time.Millisecond), any: true, paused: true, level: 1},
		"the end of a pause":                   {app: key, pausedAt: now.Add(-time.Hour), pausedUntil: now, any: true, level: 2},
		"a pause that is over":                 {app: key, pausedAt: now.Add(-time.Hour), pausedUntil: now.Add(-time.Minute), any: true, level: 2},
		"a pause where a factor is required":   {app: key, pausedAt: now.Add(-time.Hour), required: true, any: true, level: 2},
		"a pause without a factor is no pause": {pausedAt: now.Add(-time.Hour), level: 1},
	} {
		a := &account.Account{ID: 1}
		if !c.pausedAt.IsZero() {
			a.PausedAt = c.pausedAt.UnixMilli()
		}
		if !c.pausedUntil.IsZero() {
			a.PausedUntil = c.pausedUntil.UnixMilli()
		}
		f := Factors{App: c.app, CodesLeft: c.codes, account: a, required: c.required}
		if f.Any() != c.any || f.Paused(now) != c.paused || f.RequiredLevel(now) != c.level || f.CanRecover() != c.couldRecover {
			t.Errorf("%s: any %v, paused %v, level %d, can recover %v", name, f.Any(), f.Paused(now), f.RequiredLevel(now), f.CanRecover())
		}
		var methods []throttle.Method
		if c.any {
			methods = []throttle.Method{"totp", "backup", "help"}
		}
		if !slices.Equal(f.Methods(now), methods) {
			t.Errorf("%s: methods are %v", name, f.Methods(now))
		}
	}
}
