package config

import (
	"errors"
	"fmt"
	"time"
)

// What the operator may choose for sessions.
const (
	minIdle     = 5 * time.Minute
	maxIdle     = 24 * time.Hour
	minLifetime = time.Hour
	maxLifetime = 7 * 24 * time.Hour
)

// sessions checks how long sessions last.
func (p *problems) sessions(f ServeFlags) (idle, lifetime time.Duration) {
	idle = value(p, "session-idle", f.SessionIdle, between(minIdle, maxIdle, "5m to 24h"))
	lifetime = value(p, "session-lifetime", f.SessionLifetime, between(minLifetime, maxLifetime, "1h to 168h"))
	if idle > lifetime && lifetime > 0 {
		p.add("session-idle", errors.New("must not be longer than --session-lifetime, after which a session ends in any case"))
	}
	return idle, lifetime
}

// between checks a time such as 1h30m. said are the limits in words.
func between(least, most time.Duration, said string) func(text string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		switch {
		case err != nil:
			return 0, fmt.Errorf("%q is not a time like 1h30m", text)
		case d < least || d > most:
			return 0, fmt.Errorf("%s is not within %s", text, said)
		case d%time.Second != 0:
			return 0, fmt.Errorf("%s is not in whole seconds", text)
		}
		return d, nil
	}
}
