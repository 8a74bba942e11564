// Package notify keeps the notices a person gets about changes to the account,
// and mails them.
//
// A notice tells on another channel, and at the next sign-in, that a factor was
// bound, changed or removed (NIST SP 800-63B-4 section 4.6, ASVS 6.3.7). It
// stays until it is dismissed in a later session that has proved all factors,
// so whoever made the change cannot also hide it.
//
// Where the account has a confirmed address, Leave also queues a mail, in the
// same transaction, so that there is no change without its mail and no mail
// without its change. A Courier sends what is due. No request waits for a mail
// server, and any number of instances may run a courier on one database.
//
// An address counts only once a code mailed to it was entered (standards D12).
// An address that is replaced is told so and gets copies of every notice for a
// week, each one of several in a row: whoever changes it twice does not silence
// the owner. That goes for an address that is cleared, too.
//
// What an attacker could try, and what answers it:
//   - Read the queue to confirm an address that is not theirs: the code is
//     nowhere in the database. It is derived from a random salt with a key of
//     the key file, once to be mailed and again to be compared.
//   - Guess it: 40 bits, five tries, each taken before it is compared, half an
//     hour (address.go).
//   - Put something into a mail: what mails say of a browser are names from a
//     list, headers are encoded, HTML is escaped (letter.go). No mail holds a
//     code but the one that confirms its address, nor a secret, a token or a
//     link with one.
//   - Bury a person in mails: one an hour and four a day where a stranger can
//     cause them, five codes an hour.
//   - Listen to or stand in for the mail server: TLS with a checked certificate,
//     or a server on this machine (smtp.go).
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
	PasswordKnown    Kind = "password_known"  // to somebody without the second factor
	SessionEvicted   Kind = "session_evicted" // a new session took the place of an older one
	AddressChanged   Kind = "notice_address_changed"
	PasswordChanged  Kind = "password_changed"
	OperatorPassword Kind = "operator_password"
	OperatorReset    Kind = "operator_reset"
	OperatorRecovery Kind = "operator_recovery" // reset, and a new password
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
