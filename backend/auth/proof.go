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

// proof is one second factor that a caller has sent, and whose shape is right.
// Each method has its own implementation. decide calls prepare, and then compare
// and spend in the deciding transaction.
type proof interface {
	method() throttle.Method
	// prepare does everything slow, without a transaction. A reason says that the
	// error is a refusal to be recorded.
	prepare(ctx context.Context, s *Service, c *Caller) (reason string, err error)
	// compare judges the proof, under the lock of its budget.
	compare(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) (verdict, error)
	// spend uses a right proof up, or returns errSpent: of all requests on all
	// instances exactly one spends it.
	spend(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) error
}

// errSpent says that another request has used the proof before.
var errSpent = errors.New("auth: proof already spent")

// verdict says whether a proof is right, and if not why.
type verdict struct {
	code apperr.Code // "" = right
	// offset is by how many steps the phone's clock seems to differ, where a wrong
	// code tells; negative = slow.
	offset int64
}

func (v verdict) right() bool { return v.code == "" }

// facts are what the answer tells of the phone's clock.
func (v verdict) facts() map[string]any {
	if v.offset == 0 {
		return nil
	}
	return map[string]any{"clock_offset_seconds": v.offset * totp.Period}
}

// reasons are the reasons of failures as events name them.
var reasons = map[apperr.Code]string{
	apperr.CodeWrong:    audit.ReasonWrong,
	apperr.CodeUsed:     audit.ReasonReplayed,
	apperr.CodeReplaced: audit.ReasonReplaced,
}

// parsers read what was typed, one for each method. An entry that none of them
// takes is malformed and costs no try.
var parsers = []func(typed string) (proof, bool){parseAppCode, parseBackupCode}

func parseProof(typed string) (proof, error) {
	for _, parse := range parsers {
		if p, ok := parse(typed); ok {
			return p, nil
		}
	}
	return nil, errMalformedCode()
}
