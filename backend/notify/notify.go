// Package notify stores the security notices of an account, shows them at the
// next sign-in and mails them.
//
// A notice tells a person through another channel that a factor was bound,
// changed or removed (NIST SP 800-63B-4 section 4.6, ASVS 6.3.7). It stays until
// a later session that has given all factors dismisses it, so a thief who makes
// a change cannot also hide it.
//
// If the account has a confirmed address, Notify also queues a mail, in the same
// transaction: no change without its mail, no mail without its change. A Courier
// sends the mails that are due. No request waits for a mail server, and several
// instances may run a courier on one database. A mail outlives its account.
//
// An address is used only after a code mailed to it was entered (docs/evidence.md, D12).
// An address that is replaced or cleared is notified of that and gets a copy of
// each notice for a week. Several replacements in a row do not shorten the week,
// so a thief cannot silence the owner by changing the address twice.
//
// What an attacker could try, and what prevents it:
//   - Read the database to confirm somebody else's address: it does not hold the
//     code. The code is derived from a random salt and the key file, once to be
//     mailed and again to be compared.
//   - Guess the code: 40 bits, half an hour, five tries. Each try is compared and
//     counted in one transaction (address.go).
//   - Inject text into a mail: the names of browsers come from a list, headers are
//     encoded, HTML is escaped (letter.go). A mail holds no secret,
//     no code except the one that confirms its address, and no link with a token
//     except an invitation and a password link, whose tokens are derived like codes.
//   - Flood a person with mails: notices that an unrecognised browser can cause are
//     mailed once an hour and four times a day, those that are alike 20 times
//     an hour, codes five times an hour.
//   - Fill the disk: of notices that are alike an account has 20, the first and the
//     newest, and with ten former addresses it cannot have another.
//   - Hide one act behind many others: on the page and in the queue of mails kinds and
//     actors take turns (ListOpen, findDue).
//   - Read the connection or pose as the mail server: TLS with a checked
//     certificate, or a server on this machine (smtp.go).
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
	PasskeyAdded     Kind = "passkey_added"   // or a hardware key; Detail: its kind and name
	PasskeyRemoved   Kind = "passkey_removed" // Detail as before
	PasskeyRefused   Kind = "passkey_refused" // the person had not added it; Detail as before
	PasskeyCopied    Kind = "passkey_copied"  // the counter went back; Detail as before
	AppRemoved       Kind = "app_removed"     // the authenticator app alone
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
	LinkGiven        Kind = "password_link_given"
	LinkUsed         Kind = "password_link_used" // the person has set a new password
	HelpCodeGiven    Kind = "help_code_given"
	HelpCodeUsed     Kind = "help_code_used"  // a new phone can be enrolled with it
	HelpStopped      Kind = "help_stopped"    // the person refused help
	ExceptionGiven   Kind = "exception_given" // Detail: its end
	ExceptionEnded   Kind = "exception_ended"
	SessionsEnded    Kind = "sessions_ended"
	Renamed          Kind = "renamed"       // Detail: the new user name
	EmailChanged     Kind = "email_changed" // Detail: the new address
	RoleChanged      Kind = "role_changed"  // Detail: the new role

	// For those who have acted, or watch over others. Subject names the person.
	AcceptedInvitation Kind = "invitation_accepted" // for its giver
	AcceptedLink       Kind = "password_link_spent" // for its giver
	AcceptedHelp       Kind = "help_code_spent"     // for its giver
	HelpRefused        Kind = "help_refused"        // for its giver and all administrators; Detail: its giver
	RoleOfOther        Kind = "role_of_other"       // for all administrators; Detail: the new role
	// For all administrators, of what was done to another one. Detail: DidDisable
	// and the like.
	AdministratorChanged Kind = "administrator_changed"
	// For all administrators. Detail: the name of the application.
	ApplicationAdded   Kind = "application_added"
	ApplicationChanged Kind = "application_changed"
	ApplicationDeleted Kind = "application_deleted"
	// For all administrators. Detail: whom the policy is for.
	PolicyAdded   Kind = "policy_added"
	PolicyChanged Kind = "policy_changed"
	PolicyDeleted Kind = "policy_deleted"
)

// operatorKinds are the kinds of what somebody else does to an account: the operator,
// or the person whom Actor names.
var operatorKinds = []Kind{OperatorPassword, OperatorReset, OperatorRecovery, OperatorDisabled, OperatorEnabled,
	LinkGiven, HelpCodeGiven, ExceptionGiven, ExceptionEnded, SessionsEnded, Renamed, EmailChanged, RoleChanged, AccountDeleted}

// administratorKinds are the kinds that tell all administrators what somebody did to
// another account or to an application.
var administratorKinds = []Kind{RoleOfOther, AdministratorChanged, ApplicationAdded, ApplicationChanged, ApplicationDeleted,
	PolicyAdded, PolicyChanged, PolicyDeleted}

// policyKinds are the kinds of what was done to a policy.
var policyKinds = []Kind{PolicyAdded, PolicyChanged, PolicyDeleted}

// keyKinds are the kinds of what happened to a passkey or hardware key.
var keyKinds = []Kind{PasskeyAdded, PasskeyRemoved, PasskeyRefused, PasskeyCopied}

// reminderKinds are the kinds of mails about a deadline.
var reminderKinds = []Kind{PolicyReminder, ExceptionEnding, KeyReminder, KeyExceptionEnding}

// GroupsDetail comes before the names of groups in the Detail of a policy. Other policies
// have the word of their audience, which a group may be called, too.
const GroupsDetail = "groups: "

// KeyDetail is the Detail of a notice about a passkey or hardware key.
func KeyDetail(kind, name string) string { return kind + ":" + name }

// tidings are the kinds that tell what the person did with help that was given.
var tidings = []Kind{AcceptedInvitation, AcceptedLink, AcceptedHelp, HelpRefused}

// What was done to an administrator.
const (
	DidDisable     = "disabled"
	DidEnable      = "enabled"
	DidDelete      = "deleted"
	DidRemove      = "second_factor_removed"
	DidGiveLink    = "password_link_given"
	DidGiveHelp    = "help_code_given"
	DidExcept      = "exception_given"
	DidSetPassword = "password_set"
	DidChangeEmail = "email_changed"
	DidRename      = "renamed"
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
	DismissedAt int64
	Actor       string // user name of the helper or administrator who acted, "" = the person or the operator
	Subject     string // user name of the person it tells about, "" = the reader
	Detail      string // what the kind says
}

// Time returns when it happened.
func (n *Notice) Time() time.Time { return time.UnixMilli(n.At).UTC() }

// Reader is the person a notice is for. Language is "" if the person has chosen
// none; then the language in which the address was given is used.
type Reader struct {
	Username, Language string
}
