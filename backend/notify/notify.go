// Package notify keeps the notices a person gets about changes to the account.
//
// A notice tells on another channel, or at the next sign-in, that a factor was
// bound, changed or removed (NIST SP 800-63B-4 section 4.6, ASVS 6.3.7). It
// stays until it is dismissed in a later session that has proved all factors,
// so whoever made the change cannot also hide it.
package notify

import "time"

// Kind says what a notice is about. Kinds are stored and shown, so they are
// never renamed.
type Kind string

// The kinds of notices.
const (
	KeyBound         Kind = "key_bound"
	KeyMoved         Kind = "key_moved"
	KeyRemoved       Kind = "key_removed"
	Paused           Kind = "paused"
	Resumed          Kind = "resumed"
	CodesGenerated   Kind = "codes_generated"
	BackupCodeUsed   Kind = "backup_code_used"
	PasswordKnown    Kind = "password_known" // to somebody without the second factor
	AddressChanged   Kind = "notice_address_changed"
	PasswordChanged  Kind = "password_changed"
	OperatorPassword Kind = "operator_password"
	OperatorReset    Kind = "operator_reset"
	OperatorDisabled Kind = "operator_disabled"
	OperatorEnabled  Kind = "operator_enabled"
)

// Notice is one row of notices. SessionID is the session that made the change,
// 0 = none; the notice is not shown in it.
type Notice struct {
	ID          int64
	AccountID   int64
	Kind        Kind
	At          int64 // Unix ms
	SessionID   int64
	Address     string
	UserAgent   string
	Details     string // JSON object
	DismissedAt int64
}

// Time returns when it happened.
func (n *Notice) Time() time.Time { return time.UnixMilli(n.At).UTC() }
