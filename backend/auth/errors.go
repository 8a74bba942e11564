package auth

import (
	"context"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
)

func errStepUpOwed(need ...apperr.Need) error {
	return &apperr.Error{Code: apperr.StepUpOwed, Need: need}
}

func errMalformedCode() error { return apperr.OfField("code", "malformed") }

func errMalformedAnswer() error { return apperr.OfField("answer", "malformed") }

func errKeyUnreadable(cause error) error {
	return &apperr.Error{Code: apperr.KeyUnreadable, Cause: cause}
}

func errSignInWait(left time.Duration) error {
	return &apperr.Error{Code: apperr.SignInWait, Wait: left}
}

func errCodeWait(left time.Duration) error {
	return &apperr.Error{Code: apperr.CodeWait, Wait: left}
}

// errCode is the answer to a code that was compared and refused. state is the
// budget after the failure.
func errCode(v verdict, state throttle.State) error {
	left := state.TriesLeft()
	return &apperr.Error{Code: v.code, TriesLeft: &left, Wait: state.Wait(), Facts: v.facts()}
}

// errFull is the answer while the disk of the embedded database is full.
func errFull() error { return &apperr.Error{Code: apperr.NoSpace, Wait: time.Minute} }

// RequireSpace refuses a change while the disk is full. An administrator, who may
// be the one to make room, can still sign in, and use the reserve for that.
func (s *Service) RequireSpace(ctx context.Context, c *Caller) (context.Context, error) {
	switch {
	case c.State == PendingSecondFactor && c.Account.Admin:
		return database.WithReserve(ctx), nil
	case s.DB.Full():
		return ctx, errFull()
	}
	return ctx, nil
}
