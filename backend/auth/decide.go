package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// try is one proof that is given for one act.
type try struct {
	kind  audit.Kind // the act
	proof proof
	// resets: a right proof ends the counting of failures. Only a completed
	// sign-in does (A13); a step-up just costs no try.
	resets bool
	// accept does what a right proof is given for, in the transaction that spends it.
	accept func(tx *database.Tx, now time.Time) error
}

// decide judges a proof. It costs one commit, right or wrong (A12), and none when
// the server is too busy to hash:
//
//   - The budget is read without a lock. A wait or a stop refuses at once, so
//     that waiting callers cause no hashing.
//   - Everything slow is done without a transaction. What the server cannot do
//     costs the person no try.
//   - One transaction locks account, session or pending sign-in, budget, factor,
//     device, in this order, judges the budget again, compares, and either spends
//     the proof and does what it was given for, or counts the failure.
//
// Nothing is answered before the commit.
func (s *Service) decide(ctx context.Context, c *Caller, t try) error {
	if !slices.Contains(c.factors.Methods(s.Now()), t.proof.method()) {
		return apperr.Of(apperr.WrongState)
	}
	budget := throttle.Budget{AccountID: c.Account.ID, Method: t.proof.method(), Lane: c.lane()}
	state, err := throttle.Read(ctx, s.DB.Read(ctx), budget)
	if err != nil {
		return err
	}
	if held := state.Refusal(s.Now()); held != nil {
		return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
			if err := lock(ctx, tx, c, s.Now()); err != nil {
				return nil, err
			}
			return s.holdBack(ctx, tx, c, t, held)
		})
	}
	if reason, err := t.proof.prepare(ctx, s, c); err != nil {
		if reason == "" {
			return err
		}
		return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, lost error) {
			if lost := lock(ctx, tx, c, s.Now()); lost != nil {
				return nil, lost
			}
			return err, audit.Record(ctx, tx, s.denied(c, t, reason))
		})
	}
	return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) { return s.judge(ctx, tx, c, t, budget) })
}

// judge is the deciding transaction.
func (s *Service) judge(ctx context.Context, tx *database.Tx, c *Caller, t try, budget throttle.Budget) (refused, err error) {
	now := s.Now()
	if err := lock(ctx, tx, c, now); err != nil {
		return nil, err
	}
	state, err := throttle.Lock(ctx, tx, budget)
	if err != nil {
		return nil, err
	}
	if held := state.Refusal(now); held != nil {
		return s.holdBack(ctx, tx, c, t, held)
	}
	v, err := t.proof.compare(ctx, tx, c, now)
	if err == nil && v.right() {
		err = t.proof.spend(ctx, tx, c, now)
		if errors.Is(err, errSpent) {
			v, err = verdict{code: apperr.CodeUsed}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if !v.right() {
		return s.fail(ctx, tx, c, t, state, v, now)
	}
	settle := throttle.Pass
	if t.resets {
		settle = throttle.Reset
	}
	if err := settle(ctx, tx, state); err != nil {
		return nil, err
	}
	return nil, t.accept(tx, now)
}

// denied is the event of a proof that was refused before it was compared.
func (s *Service) denied(c *Caller, t try, reason string) audit.Event {
	e := s.event(c, t.kind, audit.Denied)
	e.Reason, e.Factor = reason, string(t.proof.method())
	return e
}

// holdBack counts a try that a wait or a stop refuses, and returns its answer.
func (s *Service) holdBack(ctx context.Context, tx *database.Tx, c *Caller, t try, held error) (refused, err error) {
	var wait *throttle.WaitError
	if errors.As(held, &wait) {
		return errCodeWait(wait.Left), audit.CountThrottled(ctx, tx, s.denied(c, t, audit.ReasonWait))
	}
	if err := audit.CountThrottled(ctx, tx, s.denied(c, t, audit.ReasonStopped)); err != nil {
		return nil, err
	}
	return stopped(ctx, tx, c, t.proof.method())
}

// stopped says whether one lane or the whole key or set has no tries left.
func stopped(ctx context.Context, tx *database.Tx, c *Caller, method throttle.Method) (refused, err error) {
	dead, err := throttle.Dead(ctx, tx, c.Account.ID, method)
	if dead {
		return apperr.Of(apperr.KeyDead), err
	}
	return apperr.Of(apperr.CodeStopped), err
}

// fail counts and records a wrong proof, and returns its answer.
func (s *Service) fail(ctx context.Context, tx *database.Tx, c *Caller, t try, state throttle.State, v verdict, now time.Time) (refused, err error) {
	if state, err = throttle.Fail(ctx, tx, state, now); err != nil {
		return nil, err
	}
	if err := s.reportMissingFactor(ctx, tx, c); err != nil {
		return nil, err
	}
	e := s.event(c, t.kind, audit.Failed)
	e.Reason, e.Factor, e.Lane = reasons[v.code], string(state.Method), string(state.Lane)
	e.ClockOffsetSeconds = v.offset * totp.Period
	if err := audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	suspect := int64(0)
	if state.Lane == throttle.Unknown {
		if suspect, err = s.suspectUntil(ctx, tx, c.Account); err != nil {
			return nil, err
		}
	}
	if err := account.CountFailedCode(ctx, tx, c.Account.ID, suspect); err != nil {
		return nil, err
	}
	if state.Lane == throttle.Known {
		if err := session.CountDeviceFailure(ctx, tx, c.Device.ID); err != nil {
			return nil, err
		}
	}
	if state.Stopped() {
		return stopped(ctx, tx, c, state.Method)
	}
	return errCode(v, state), nil
}
