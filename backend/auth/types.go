package auth

import (
	"net/netip"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// Client is where a request came from, as it is kept in the audit trail.
type Client struct {
	Address   netip.Addr
	Proxy     netip.Addr // the listed proxy the request came through, if any
	UserAgent string     // cut to 512 bytes
	RequestID string
}

// Tokens are the cookie values of a request, "" where there is none.
type Tokens struct {
	Session, Pending, Device string
}

// State says how far a caller has come.
type State int

// The states of a caller.
const (
	Anonymous State = iota
	PendingSecondFactor
	SignedIn
)

// Next says what a person must do next.
type Next string

// What may be next.
const (
	NextDone           Next = "done"
	NextSecondFactor   Next = "second_factor"
	NextSetUp          Next = "set_up"
	NextChangePassword Next = "change_password"
)

// Method is the kind of code that completed a sign-in.
type Method string

// The kinds of codes.
const (
	MethodTOTP   Method = "totp"
	MethodBackup Method = "backup"
)

// Caller is who sends a request, as far as the tokens prove it. Session is set
// only while it counts: right epoch, account not disabled. In the state
// PendingSecondFactor either Pending is set, or Session with a level below what
// the account owes now.
type Caller struct {
	Client
	State   State
	Next    Next // what a signed-in caller must do before anything else
	Account *account.Account
	Session *session.Session
	Pending *session.Pending
	Device  *session.Device // any live device, perhaps of another account
	key     *totp.Key       // the account's key, nil = none
}

// Issued are new cookie values: nil leaves a cookie as it is, "" expires it.
type Issued struct {
	Session, Pending, Device *string
}

// SetupInput is what the first administrator enters.
type SetupInput struct {
	Token, Username, Password, DisplayName string
}

// SignInResult is the answer to a right password.
type SignInResult struct {
	Next   Next
	Issued Issued
}

// VerifyResult is the answer to a right code.
type VerifyResult struct {
	Next            Next
	Method          Method
	BackupCodesLeft *int // nil unless a backup code was used
	Issued          Issued
}

// StepUpInput is what a person enters in the step-up dialog; nil = not given.
type StepUpInput struct {
	Password, Code *string
}

// KeyState says what can be done with the account's key.
type KeyState string

// The key states.
const (
	KeyNone       KeyState = "none"
	KeyLive       KeyState = "live"
	KeyDead       KeyState = "dead"       // too many wrong codes: a new one must be bound
	KeyUnreadable KeyState = "unreadable" // its seed cannot be opened with the key ring
)

// TwoFactorView is what the settings room shows. Zero times = never.
type TwoFactorView struct {
	Enabled        bool
	Paused         bool
	PausedUntil    time.Time // zero while paused with an open end
	Key            KeyState
	PendingEnds    time.Time // zero when no set-up is going on in this session
	PhoneName      string
	KeyLabel       string
	EnabledAt      time.Time
	LastUsedAt     time.Time
	Mail           bool // notices are mailed
	NoticeAddress  string
	PendingAddress string           // waits for the code mailed to it
	Codes          *BackupCodesView // nil when there is no live set
}

// BackupCodesView is what is known of the live set. Zero times = never.
type BackupCodesView struct {
	Left                              int
	Dead                              bool // too many wrong codes: a new set must be made
	Number                            int
	CheckWord                         string
	CreatedAt, ConfirmedAt, CheckedAt time.Time
}

// Enrollment is a key that waits for its first right code. Secret is shown in
// this answer only and to this session only.
type Enrollment struct {
	Secret   string // 32 base32 letters
	URI      string // otpauth://totp/…
	Label    string
	EndsAt   time.Time
	Replaces bool // a move: the present key works until this one is confirmed
}

// ConfirmResult is the answer to the code that confirms a key.
type ConfirmResult struct {
	OldLabel string // the entry to delete from the old phone, "" at the first set-up
	Issued   Issued
}

// NewUser is an account the operator makes.
type NewUser struct {
	Username, Password, DisplayName string
	Admin                           bool
}
