// Package apperr holds the errors a person may know about.
//
// An *Error carries a stable code, which the API publishes and the web
// interface turns into a sentence, and the few facts that sentence needs. Any
// other error is internal: it is logged once at the top and the person sees
// only the code "internal". Messages never contain what the person typed, a
// secret, or a detail of the server.
package apperr

import (
	"errors"
	"time"
)

// Code names one kind of failure for good: clients branch on it (RFC 9457
// section 3.1.1), so a code is never renamed or reused.
type Code string

// The codes, by the HTTP status the API answers with.
const (
	CredentialsWrong   Code = "credentials_wrong"    // 401 user name or password
	PasswordWrong      Code = "password_wrong"       // 401 the password of a step-up
	CodeWrong          Code = "code_wrong"           // 401 TriesLeft or Wait
	CodeUsed           Code = "code_used"            // 401 a step or backup code already spent; TriesLeft or Wait
	CodeReplaced       Code = "code_replaced"        // 401 a backup code of an older set; TriesLeft or Wait
	SignedOut          Code = "signed_out"           // 401 no live session
	PendingEnded       Code = "pending_ended"        // 401 no live pending sign-in
	SetupTokenWrong    Code = "setup_token_wrong"    // 401 the one-time link is wrong or too old
	StepUpOwed         Code = "step_up_owed"         // 403 Need
	SecondFactorOwed   Code = "second_factor_owed"   // 403 the session's level is below what the account owes
	SetUpOwed          Code = "set_up_owed"          // 403 the operator demands two-factor authentication
	PasswordChangeOwed Code = "password_change_owed" // 403 the password must be changed first
	CrossSite          Code = "cross_site"           // 403 not sent by our own page
	CSRF               Code = "csrf"                 // 403 session-bound token missing or wrong
	NotFound           Code = "not_found"            // 404
	MethodNotAllowed   Code = "method_not_allowed"   // 405
	WrongState         Code = "wrong_state"          // 409 the page is out of date
	PendingKeyEnded    Code = "pending_key_ended"    // 409 the key offered for set-up has expired or was discarded
	KeyDead            Code = "key_dead"             // 409 too many wrong codes: a new key must be bound
	KeyUnreadable      Code = "key_unreadable"       // 409 the stored seed cannot be opened
	CodeStopped        Code = "code_stopped"         // 409 no more tries of this kind from this browser
	ClockChanged       Code = "clock_changed"        // 409 the server's clock lies behind the last accepted code
	AddressCodeEnded   Code = "address_code_ended"   // 409 no code for an e-mail address is waited for any more
	TwoFactorRequired  Code = "two_factor_required"  // 409 the operator demands two-factor authentication
	SetupClosed        Code = "setup_closed"         // 409 the first administrator exists
	TooLarge           Code = "too_large"            // 413
	UnsupportedMedia   Code = "unsupported_media"    // 415
	Misdirected        Code = "misdirected"          // 421 another host than the public URL's
	Invalid            Code = "invalid"              // 422 Fields
	CodeWait           Code = "code_wait"            // 429 Wait
	MailWait           Code = "mail_wait"            // 429 Wait
	SignInWait         Code = "sign_in_wait"         // 429 Wait
	HeadersTooLarge    Code = "headers_too_large"    // 431
	Internal           Code = "internal"             // 500
	Busy               Code = "busy"                 // 503 Wait
	Unavailable        Code = "unavailable"          // 503 Wait
)

// Need names a factor a step-up still owes.
type Need string

const (
	NeedPassword Need = "password"
	NeedCode     Need = "code"
)

// Field is one rejected input: Name is the JSON member, Reason a stable word
// such as "too_short" that the web interface turns into a sentence.
type Field struct {
	Name   string
	Reason string
}

// Error is an error a person may know.
type Error struct {
	Code      Code
	Message   string        // English, safe, what happened and what to do next
	Wait      time.Duration // 0 = none; rounded up to whole seconds when shown
	TriesLeft *int          // tries before a wait; nil = not told
	Need      []Need
	Fields    []Field
	Facts     map[string]any // further members of the answer, never secret
	Cause     error          // for the log only
}

func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Message
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// New returns an Error with a code and a message.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// InvalidField returns the error for one rejected input.
func InvalidField(name, reason, message string) *Error {
	return &Error{Code: Invalid, Message: message, Fields: []Field{{Name: name, Reason: reason}}}
}

// CodeOf returns the code of err, Internal when it carries none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
