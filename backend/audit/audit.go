// Package audit stores security events.
//
// No function changes an event, and only Prune deletes old ones, so a person sees
// what happened to the account and the operator can rely on it (H11 to H13). What
// is repeated again and again within an hour is summed up in one event. An event
// never holds a password, a code, a seed or a token. A name that belongs to no
// account is kept only as a keyed hash, since people type passwords into the wrong
// field.
package audit

import (
	"cmp"
	"encoding/json"
	"time"
)

// Kind says what happened. Kinds are stored and shown, so they are never
// renamed.
type Kind string

// The kinds of events.
const (
	SetupCompleted      Kind = "setup_completed"
	AccountCreated      Kind = "account_created"
	AccountDisabled     Kind = "account_disabled"
	AccountEnabled      Kind = "account_enabled"
	Password            Kind = "password"          // the password step of a sign-in
	SecondFactor        Kind = "second_factor"     // the code step of a sign-in
	SignIn              Kind = "sign_in"           // a sign-in was completed
	SignInCancelled     Kind = "sign_in_cancelled" // instead of the code step
	SignInExtended      Kind = "sign_in_extended"
	SignOut             Kind = "sign_out"
	SessionEnded        Kind = "session_ended"
	StepUpPassword      Kind = "step_up_password"
	StepUpCode          Kind = "step_up_code"
	StepUpKey           Kind = "step_up_key"
	PasswordChanged     Kind = "password_changed"
	EnrollmentBegun     Kind = "enrollment_begun"
	EnrollmentCancelled Kind = "enrollment_cancelled"
	EnrollmentCode      Kind = "enrollment_code" // a wrong confirming code
	KeyBound            Kind = "key_bound"       // first set-up
	KeyMoved            Kind = "key_moved"
	KeyRemoved          Kind = "key_removed"
	Refused             Kind = "refused" // a change that our pages did not send
	ServerStarted       Kind = "server_started"
	ServerStopped       Kind = "server_stopped"
	PhoneRenamed        Kind = "phone_renamed"
	Paused              Kind = "paused"
	Resumed             Kind = "resumed"
	CodesGenerated      Kind = "codes_generated"
	CodesConfirmed      Kind = "codes_confirmed"
	PasswordKnown       Kind = "password_known" // to somebody without the second factor
	CodeChecked         Kind = "code_checked"
	OthersEnded         Kind = "other_sessions_ended"
	AllEnded            Kind = "all_sessions_ended"
	ProfileChanged      Kind = "profile_changed"
	AddressChanged      Kind = "notice_address_changed"
	AddressRequested    Kind = "notice_address_requested" // a code was mailed to it
	AddressCancelled    Kind = "notice_address_cancelled"
	AddressCode         Kind = "notice_address_code" // a wrong confirming code
	RetentionResumed    Kind = "retention_resumed"   // old events are deleted again
	NotificationSent    Kind = "notification_sent"
	NotificationFailed  Kind = "notification_failed"
	RingKeyAdded        Kind = "ring_key_added" // to the key file
	RingKeyUsed         Kind = "ring_key_used"  // it seals from now on
	RingResealed        Kind = "ring_resealed"  // everything by the key that seals
	RingKeyRetired      Kind = "ring_key_retired"
	RingKeyLost         Kind = "ring_key_lost"
	RingKeyFound        Kind = "ring_key_found" // one that was declared lost
	Restored            Kind = "database_restored"
	Invited             Kind = "invited"
	Imported            Kind = "people_imported"
	Exported            Kind = "people_exported"
	EventsExported      Kind = "events_exported"
	ReportExported      Kind = "report_exported"
	LinkGiven           Kind = "password_link_given"
	LinkUsed            Kind = "link_used" // to choose a password
	SessionsEnded       Kind = "sessions_ended"
	Renamed             Kind = "renamed"
	EmailChanged        Kind = "email_changed"
	RoleChanged         Kind = "role_changed"
	AccountDeleted      Kind = "account_deleted"
	GroupCreated        Kind = "group_created"
	GroupChanged        Kind = "group_changed"
	GroupDeleted        Kind = "group_deleted"
	GroupJoined         Kind = "group_joined"
	GroupLeft           Kind = "group_left"
	ApplicationAdded    Kind = "application_added"
	ApplicationChanged  Kind = "application_changed"
	ApplicationDeleted  Kind = "application_deleted"
	ApplicationOpened   Kind = "application_opened" // by the person
	HelpCodeGiven       Kind = "help_code_given"
	HelpCodeUsed        Kind = "help_code_used"
	HelpRefused         Kind = "help_refused" // by the person, who did not ask for it
	PolicyAdded         Kind = "policy_added"
	PolicyChanged       Kind = "policy_changed"
	PolicyDeleted       Kind = "policy_deleted"
	ExceptionGiven      Kind = "exception_given"
	ExceptionEnded      Kind = "exception_ended"
	PasskeyAdded        Kind = "passkey_added" // or a hardware key, as Factor says
	PasskeyRenamed      Kind = "passkey_renamed"
	PasskeyRemoved      Kind = "passkey_removed"
	PasskeyRefused      Kind = "passkey_refused" // by the person, who has not added it
	AppRemoved          Kind = "app_removed"     // the authenticator app alone
)

// Outcome says how it ended.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed"
	Denied Outcome = "denied" // refused before anything was compared
)

// Reasons of an event.
const (
	ReasonWrong      = "wrong"
	ReasonUnknown    = "unknown_name"
	ReasonDisabled   = "account_disabled"
	ReasonInvited    = "no_password_yet"
	ReasonReplayed   = "replayed"
	ReasonWait       = "wait"
	ReasonStopped    = "stopped"
	ReasonReplaced   = "replaced"
	ReasonClock      = "clock_changed"
	ReasonTooMany    = "too_many"
	ReasonUnreadable = "unreadable"
	ReasonExpired    = "expired" // its time was over
	ReasonEvicted    = "evicted" // a newer session took its place
	ReasonPolicy     = "policy"  // a policy asks for it
	ReasonHelpCode   = "help_code"
	ReasonOtherKey   = "unknown_key"  // the account has no such passkey or hardware key
	ReasonUnverified = "not_verified" // no PIN, fingerprint or face
	ReasonEligible   = "key_changed"  // a password manager has changed the passkey
	ReasonCounter    = "counter_back" // there may be a copy of the hardware key
)

// Operator is the actor of what is done on the command line.
const Operator = "operator"

// System is the actor of what the server does by itself.
const System = "system"

// Person is the actor of what a person does to the own account through the web interface.
const Person = "person"

// Helper and Administrator are the actors of what a person does to the account of
// another, who is named in Details.
const (
	Helper        = "helper"
	Administrator = "administrator"
)

// Event is one row of audit_events. A nil AccountID = no such account.
type Event struct {
	ID        int64
	At        int64 // Unix ms
	Kind      Kind
	Outcome   Outcome
	Reason    string
	AccountID *int64
	Username  string `gorm:"-"` // of the account, for the log
	Network   string `gorm:"-"` // of a refused password, and of a sign-in: where it came from
	Actor     string
	ActorID   int64 // account of the helper or administrator who acted, 0 = nobody else did
	SessionID int64
	Factor    string // "password", "totp", "backup", "help", "passkey", "hardware_key" or ""
	Lane      string // "known" or "unknown" browser, of a tried code
	Address   string
	UserAgent string
	RequestID string
	Version   string
	Host      string
	Proxy     string // what the request came through, "" = nothing
	NameHash  string // keyed hash of a name that belongs to no account
	Count     int    // how many things the event stands for, 0 = says nothing
	// ClockOffsetSeconds is how far a phone's clock was off, negative = slow,
	// 0 = not known.
	ClockOffsetSeconds int64
	Details            string // JSON object of further facts
}

// TableName implements gorm's naming.
func (Event) TableName() string { return "audit_events" }

// ByOther says whether somebody other than the account's own person did it.
func (e *Event) ByOther() bool {
	return e.Actor == Operator || e.Actor == Helper || e.Actor == Administrator
}

// Facts are the further facts of an event that people read.
type Facts struct {
	By     string // user name of the helper or administrator, or the system user, who acted
	Group  string // the name of a group
	Detail string // by kind: a role, a user name, an e-mail address, a reason, an application
	Key    string // the id of a ring key
}

// Facts reads the further facts of what somebody did. Damaged ones are empty.
func (e *Event) Facts() Facts {
	var stored struct {
		By, Operator, Group, Detail string
		Key                         string `json:"ring_key_id"`
	}
	if json.Unmarshal([]byte(e.Details), &stored) != nil {
		return Facts{}
	}
	return Facts{By: cmp.Or(stored.By, stored.Operator), Group: stored.Group, Detail: stored.Detail, Key: stored.Key}
}

// Time returns when it happened.
func (e *Event) Time() time.Time { return time.UnixMilli(e.At).UTC() }
