package config

import (
	"strings"
	"testing"
	"time"
)

func TestSessionTimes(t *testing.T) {
	for _, c := range []struct {
		idle, lifetime string
		wantIdle       time.Duration
		wantLifetime   time.Duration
		err            string
	}{
		{"1h", "24h", time.Hour, 24 * time.Hour, ""},
		{"5m", "1h", 5 * time.Minute, time.Hour, ""},
		{"24h", "168h", 24 * time.Hour, 168 * time.Hour, ""},
		{"1h30m", "90m", 90 * time.Minute, 90 * time.Minute, ""},

		{"", "24h", 0, 0, `--session-idle: "" is not a time like 1h30m`},
		{"60", "24h", 0, 0, "not a time like 1h30m"},
		{"1 hour", "24h", 0, 0, "not a time like 1h30m"},
		{"1h", "7d", 0, 0, `--session-lifetime: "7d" is not a time like 1h30m`},
		{"4m59s", "24h", 0, 0, "--session-idle: 4m59s is not within 5m to 24h"},
		{"24h0m1s", "168h", 0, 0, "not within 5m to 24h"},
		{"-1h", "24h", 0, 0, "not within 5m to 24h"},
		{"0", "24h", 0, 0, "not within 5m to 24h"},
		{"5m", "59m59s", 0, 0, "--session-lifetime: 59m59s is not within 1h to 168h"},
		{"5m", "168h0m1s", 0, 0, "not within 1h to 168h"},
		{"5m0.5s", "24h", 0, 0, "not in whole seconds"},
		{"2h", "1h", 0, 0, "--session-idle: must not be longer than --session-lifetime"},
	} {
		flags := defaults[ServeFlags]()
		flags.SessionIdle, flags.SessionLifetime = c.idle, c.lifetime
		s, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), flags, noFiles)
		switch {
		case c.err == "" && (err != nil || s.SessionIdle != c.wantIdle || s.SessionLifetime != c.wantLifetime):
			t.Errorf("%q and %q give %v and %v, %v", c.idle, c.lifetime, s.SessionIdle, s.SessionLifetime, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%q and %q: got %v, want one line with %q", c.idle, c.lifetime, err, c.err)
		}
	}
}

func TestAcceptedPasskeyLoss(t *testing.T) {
	for typed, want := range map[string]int64{"": 0, "1": 1, "412": 412, "0": -1, "-1": -1, "1.5": -1, "all": -1, "99999999999999999999": -1} {
		flags := defaults[ServeFlags]()
		flags.AcceptPasskeyLoss = typed
		s, err := Validate(defaults[StoreFlags](), defaults[BrandFlags](), flags, noFiles)
		if want >= 0 && (err != nil || s.AcceptPasskeyLoss != want) {
			t.Errorf("%q gives %d, %v", typed, s.AcceptPasskeyLoss, err)
		}
		if want < 0 && (err == nil || err.Error() != `--accept-passkey-loss: "`+typed+`" is not a number of accounts`) {
			t.Errorf("%q: got %v", typed, err)
		}
	}
}
