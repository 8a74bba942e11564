package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// clockDiagnosis is how far from now a wrong code is looked for, only to explain
// the failure. It is never accepted.
const clockDiagnosis = time.Hour

// maxStepAhead is how far the last accepted step may lie ahead of the server's
// clock: one for the window, one for the instances' clocks.
const maxStepAhead = 2

// appCode is a 6-digit code of the authenticator app.
type appCode struct {
	code string
	seed []byte
	step int64 // the step a right code belongs to
}

func parseAppCode(typed string) (proof, bool) {
	code, ok := totp.ParseCode(typed)
	return &appCode{code: code}, ok
}

func (*appCode) method() throttle.Method { return throttle.App }

// prepare opens the seed. One that cannot be opened denies; it never counts as no
// second factor (A16, H7).
func (p *appCode) prepare(_ context.Context, s *Service, c *Caller) (reason string, err error) {
	key := c.factors.App
	if p.seed, err = key.Open(s.Keys, c.Account.ID); err != nil {
		return audit.ReasonUnreadable, errKeyUnreadable(err)
	}
	if key.LastStep > totp.Step(s.Now())+maxStepAhead {
		return audit.ReasonClock, apperr.Of(apperr.ClockChanged)
	}
	return "", nil
}

func (p *appCode) compare(_ context.Context, _ *database.Tx, c *Caller, now time.Time) (verdict, error) {
	step, ok, err := totp.Match(p.seed, p.code, now)
	if err != nil || ok {
		p.step = step
		return verdict{}, err
	}
	// The past only: naming a future step would hand out a code to come.
	offset, past := totp.Offset(p.seed, p.code, now, clockDiagnosis, 0)
	if past && totp.Step(now)+offset == c.factors.App.LastStep {
		// The code was right once and is spent: somebody has kept it.
		return verdict{code: apperr.CodeUsed}, nil
	}
	return verdict{code: apperr.CodeWrong, offset: offset}, nil
}

func (p *appCode) spend(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) error {
	err := totp.Spend(ctx, tx, c.factors.App, p.step, now)
	if errors.Is(err, totp.ErrReplayed) {
		return errSpent
	}
	return err
}
