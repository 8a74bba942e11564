package apperr

import (
	"maps"
	"slices"
)

// Code names one kind of failure for good: clients branch on it (RFC 9457
// section 3.1.1), so a code is never renamed or reused.
type Code string

// The codes. A comment names the facts that an error with that code carries.
const (
	BadRequest         Code = "bad_request"
	CredentialsWrong   Code = "credentials_wrong"
	PasswordWrong      Code = "password_wrong" // TriesLeft
	CodeWrong          Code = "code_wrong"     // TriesLeft, Wait, Facts
	CodeUsed           Code = "code_used"      // TriesLeft, Wait
	CodeReplaced       Code = "code_replaced"  // TriesLeft, Wait
	SignedOut          Code = "signed_out"
	PendingEnded       Code = "pending_ended"
	SetupTokenWrong    Code = "setup_token_wrong"
	StepUpOwed         Code = "step_up_owed" // Need
	SecondFactorOwed   Code = "second_factor_owed"
	SetUpOwed          Code = "set_up_owed"
	PasswordChangeOwed Code = "password_change_owed"
	RoleOwed           Code = "role_owed"
	FactorOwed         Code = "factor_owed"
	OwnAccount         Code = "own_account"
	ActedLately        Code = "acted_lately" // Wait
	HelpStopped        Code = "help_stopped" // Wait
	PolicyNotMet       Code = "policy_not_met"
	PasswordKnown      Code = "password_known"
	LastAdministrator  Code = "last_administrator"
	FactorMissing      Code = "factor_missing"
	GroupInUse         Code = "group_in_use"
	LinkEnded          Code = "link_ended"
	CrossSite          Code = "cross_site"
	CSRF               Code = "csrf"
	NotFound           Code = "not_found"
	MethodNotAllowed   Code = "method_not_allowed"
	RequestTimeout     Code = "request_timeout"
	WrongState         Code = "wrong_state"
	PendingKeyEnded    Code = "pending_key_ended"
	KeyDead            Code = "key_dead"
	KeyUnreadable      Code = "key_unreadable" // Cause
	CodeStopped        Code = "code_stopped"
	ClockChanged       Code = "clock_changed"
	AddressCodeEnded   Code = "address_code_ended"
	TwoFactorRequired  Code = "two_factor_required"
	CeremonyEnded      Code = "ceremony_ended"
	KeyRefused         Code = "key_refused"
	KeyUnknown         Code = "key_unknown"
	KeyUnverified      Code = "key_unverified"
	KeyChanged         Code = "key_changed"
	KeyCopied          Code = "key_copied"
	KeyExists          Code = "key_exists"
	TooManyKeys        Code = "too_many_keys"
	KeysImpossible     Code = "keys_impossible"
	SetupClosed        Code = "setup_closed"
	TooLarge           Code = "too_large"
	UnsupportedMedia   Code = "unsupported_media"
	Misdirected        Code = "misdirected"
	Invalid            Code = "invalid"      // Fields
	CodeWait           Code = "code_wait"    // Wait
	MailWait           Code = "mail_wait"    // Wait
	SignInWait         Code = "sign_in_wait" // Wait
	HeadersTooLarge    Code = "headers_too_large"
	Internal           Code = "internal"    // Cause
	Busy               Code = "busy"        // Wait
	NoSpace            Code = "no_space"    // Wait, Cause
	Unavailable        Code = "unavailable" // Wait, Cause
)

// Meaning is the fixed part of an error with a code.
type Meaning struct {
	Status   int    // of the HTTP answer
	Title    string // the kind of problem, in a few words (RFC 9457 section 3.1.3)
	Sentence string // what happened and what to do next, in English
}

// meanings is the only place that says what a code stands for. The pages have
// their own sentences, in both languages; these are for the command line, the
// log, and the detail of an answer.
var meanings = map[Code]Meaning{
	BadRequest:         {400, "The request cannot be read", "The request is not valid HTTP, or it names more than one host."},
	CredentialsWrong:   {401, "The user name or password is not right", "The user name or password is not right."},
	PasswordWrong:      {401, "The password is not right", "That password is not right."},
	CodeWrong:          {401, "The code is not right", "That code is not right. Check it, or take a new one."},
	CodeUsed:           {401, "The code has been used already", "That code has been used already. Take another one."},
	CodeReplaced:       {401, "The backup code is from an older set", "That code is from an older set. Use the newest sheet."},
	SignedOut:          {401, "Nobody is signed in", "You are signed out. Sign in again."},
	PendingEnded:       {401, "The sign-in has ended", "This sign-in has ended. Sign in again."},
	SetupTokenWrong:    {401, "The set-up link is not right or too old", "This link is wrong or too old. Start the server again for a new one."},
	StepUpOwed:         {403, "A factor has to be given again", "Confirm that it is you, then go on."},
	SecondFactorOwed:   {403, "The second factor is owed", "Enter a verification code to go on."},
	SetUpOwed:          {403, "Two-factor authentication has to be set up first", "Set up two-factor authentication first."},
	PasswordChangeOwed: {403, "The password has to be changed first", "Choose a new password first."},
	RoleOwed:           {403, "The role does not allow it", "Your role does not allow this. Ask an administrator."},
	FactorOwed:         {403, "Two-factor authentication is needed for this", "Set up two-factor authentication first: these pages need it."},
	OwnAccount:         {409, "That is your own account", "This is your own account. Use your own settings, or ask another administrator."},
	ActedLately:        {403, "Another person has to do this", "You have done something for this account in the last 24 hours that must not be combined with this. Ask somebody else, or wait."},
	HelpStopped:        {403, "The person has refused help", "The person said that help was not asked for. Nobody may help this account for 24 hours."},
	PolicyNotMet:       {409, "You do not meet the policy yourself", "You do not meet this policy yourself. Set up what it demands for your own account first: a second factor that is not paused, or a passkey or hardware key."},
	PasswordKnown:      {409, "Somebody else has had the password", "Somebody without the second factor has had the password lately. Let the person choose a new one by a password link first."},
	LastAdministrator:  {409, "There would be no administrator left", "No other enabled administrator has a second factor. Make another one first."},
	FactorMissing:      {409, "The account has no second factor", "This account has no second factor yet. Other roles need one."},
	GroupInUse:         {409, "Rules of applications name the group", "Rules of applications name this group. Take it out of them first."},
	LinkEnded:          {401, "The link has ended", "This link is wrong, used or too old. Ask for a new one."},
	CrossSite:          {403, "Not sent by this server's own pages", "Changes are accepted only from this server's own pages."},
	CSRF:               {403, "The page does not belong to the current session", "This page does not belong to the current session. Load it again."},
	NotFound:           {404, "Not found", "This does not exist, or not any more."},
	MethodNotAllowed:   {405, "The method is not allowed here", "This address does not take that method. Allow lists the ones it takes."},
	RequestTimeout:     {408, "The request took too long to arrive", "The request took too long to arrive. Send it again."},
	WrongState:         {409, "The page is out of date", "This has changed in the meantime. Load the page again."},
	PendingKeyEnded:    {409, "The key offered for set-up has ended", "This key has ended. Delete its entry in the app and begin again."},
	KeyDead:            {409, "The key is blocked after too many wrong codes", "There were too many wrong codes. Codes of this kind no longer work. Use the other kind, or ask for help."},
	KeyUnreadable:      {409, "The stored key cannot be read", "The server cannot read the stored key. Use a backup code, or ask the operator for help."},
	CodeStopped:        {409, "No more tries of this kind from this browser", "There were too many wrong codes. Sign in from a browser you have used before, or ask the operator for help."},
	ClockChanged:       {409, "The server's clock was changed", "The server's clock was changed. Use a backup code."},
	AddressCodeEnded:   {409, "The code for the address has ended", "That code has ended. Ask for a new one."},
	TwoFactorRequired:  {409, "Two-factor authentication is required here", "Two-factor authentication is required here and cannot be disabled."},
	CeremonyEnded:      {409, "The request to the key has ended", "That took too long, or was answered already. Try again."},
	KeyRefused:         {401, "The key's answer was refused", "The answer of the key was not right. Try again at the address of this server."},
	KeyUnknown:         {401, "Not a key of this account", "This key does not belong to the account. Use another one."},
	KeyUnverified:      {401, "The passkey did not check who uses it", "The passkey asked for no PIN, fingerprint or face. Set one up on the device, and try again."},
	KeyChanged:         {409, "The passkey was changed", "The password manager has changed this passkey. Sign in another way, remove it and add it again."},
	KeyCopied:          {409, "The hardware key may have been copied", "The counter of this hardware key went back, as that of a copy would. Sign in another way and remove it."},
	KeyExists:          {409, "The key is registered already", "This key is already yours."},
	TooManyKeys:        {409, "The account has the most keys allowed", "An account has at most 20 passkeys and hardware keys. Remove one first."},
	KeysImpossible:     {409, "Keys cannot be used at this address", "Passkeys need a host name in the public URL, not an IP address."},
	SetupClosed:        {409, "The first administrator exists", "The first administrator exists already. Sign in."},
	TooLarge:           {413, "The request is too large", "The body of the request is larger than this address takes."},
	UnsupportedMedia:   {415, "The content is not JSON", "Send JSON, as application/json."},
	Misdirected:        {421, "Another server's address", "This is not the public address of this server."},
	Invalid:            {422, "The input is not valid", "The request is not as the interface describes it."},
	CodeWait:           {429, "Wait before the next code", "There were too many wrong codes. Wait, then try again."},
	MailWait:           {429, "Wait before the next mail", "Too many codes were mailed. Wait, then ask for a new one."},
	SignInWait:         {429, "Wait before the next password", "There were too many wrong passwords. Wait, then try again."},
	HeadersTooLarge:    {431, "The headers are too large", "The headers of the request are larger than 16 KiB."},
	Internal:           {500, "Something went wrong on the server", "Something went wrong on the server. Try again later."},
	Busy:               {503, "The server is busy", "The server is busy. Try again in a moment."},
	NoSpace:            {503, "The server has no space left", "The server has no space left, and nothing was changed. Ask the people who run it to make room."},
	Unavailable:        {503, "The server is not ready", "The server will be back shortly. Try again in a moment."},
}

// Meaning returns what the code stands for, false for a code that does not
// exist.
func (c Code) Meaning() (Meaning, bool) {
	meaning, known := meanings[c]
	return meaning, known
}

// Codes lists every code in the order of the alphabet.
func Codes() []Code { return slices.Sorted(maps.Keys(meanings)) }
