// Package account keeps who may sign in.
//
// An account has a name, a password hash and an epoch. Raising the epoch ends
// what the account has open: every session, pending sign-in, pending key and
// device carries the epoch that was read together with the
// password hash, and counts only while it equals the account's. Raising it in
// the transaction that changes a factor therefore ends everything that was
// obtained before, on every instance, without finding it first (NIST SP
// 800-63B-4 section 4.6, ASVS 7.4.2 and 7.4.3).
//
// Names are compared in the folded form of PRECIS UsernameCaseMapped (RFC 8265
// section 3.3), so that two accounts never differ by case or width alone.
package account

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"imagemaster/backend/apperr"
)

// Limits in code points.
const (
	MaxUsername    = 64
	MaxDisplayName = 100
)

// ErrNotFound says that no such account exists.
var ErrNotFound = errors.New("account: not found")

// Account is one row of accounts. Times are Unix milliseconds, 0 = never.
type Account struct {
	ID                 int64
	Username           string
	UsernameFolded     string
	DisplayName        string
	PasswordHash       string // PHC string
	Admin              bool
	Helper             bool // Role says what both mean
	Email              string
	EmailKey           *string // folded Email, nil = none
	EmailOwn           bool    // the person chose the confirmed address for notices as Email
	NameKey            string  // what lists are sorted by
	LastSignInAt       int64
	DisabledAt         int64
	MustChangePassword bool
	PasswordChangedAt  int64
	Epoch              int64
	Language           string // "", "en" or "de"
	Theme              string // "", "day" or "night"
	KeysBound          int    // how many authenticator keys were ever bound
	SetsMade           int    // how many backup code sets were ever made
	BackupSalt         []byte // 16 bytes, nil until the first set
	FailedCodes        int    // wrong codes since the last sign-in with both factors
	SuspectUntil       int64  // until then a completed sign-in must change the password
	PausedAt           int64  // no second factor is asked for at sign-in; 0 = no pause
	PausedUntil        int64  // 0 while paused = until the person enables it again
	HelpStoppedUntil   int64  // until then nobody may help, because the person refused help
	StaffSince         int64  // when the person became a helper or an administrator, 0 = with the account
	CreatedAt          int64  `gorm:"autoCreateTime:false"`
}

// Role says what a person may do for others.
type Role string

// The roles.
const (
	Person        Role = "person"
	Helper        Role = "helper" // the service desk
	Administrator Role = "administrator"
)

// Roles lists the roles from the lowest to the highest.
func Roles() []Role { return []Role{Person, Helper, Administrator} }

// Role returns the account's role.
func (a *Account) Role() Role {
	switch {
	case a.Admin:
		return Administrator
	case a.Helper:
		return Helper
	}
	return Person
}

// HasPassword says whether a password was chosen: an invited person has none yet.
func (a *Account) HasPassword() bool { return a.PasswordHash != "" }

// Disabled says whether the account was switched off.
func (a *Account) Disabled() bool { return a.DisabledAt != 0 }

// clockTolerance is how far ahead a pause may have begun: more means that the clock
// was wrong then, and the pause would last too long.
const clockTolerance = 5 * time.Minute

// Paused says whether the sign-in asks for no second factor at that time.
func (a *Account) Paused(now time.Time) bool {
	return a.PausedAt != 0 && a.PausedAt <= now.Add(clockTolerance).UnixMilli() && (a.PausedUntil == 0 || now.UnixMilli() < a.PausedUntil)
}

// PauseOver says whether a pause has reached its end and this is not stored yet.
func (a *Account) PauseOver(now time.Time) bool { return a.PausedAt != 0 && !a.Paused(now) }

// HelpStopped returns how long nobody may help yet, 0 = help is allowed. A time further
// ahead than a refusal reaches was set by a clock that was ahead.
func (a *Account) HelpStopped(now time.Time) time.Duration {
	left := time.UnixMilli(a.HelpStoppedUntil).Sub(now)
	if a.HelpStoppedUntil == 0 || left > HelpStop+clockTolerance {
		return 0
	}
	return max(left, 0)
}

// HelpStop is how long nobody may help somebody who has refused help.
const HelpStop = 24 * time.Hour

// Suspect says whether somebody else seems to know the password.
func (a *Account) Suspect(now time.Time) bool { return now.UnixMilli() < a.SuspectUntil }

// Created returns when the account was made.
func (a *Account) Created() time.Time { return time.UnixMilli(a.CreatedAt).UTC() }

// Fold returns the form of a typed name under which accounts are found, and
// false when no account can have that name.
func Fold(typed string) (string, bool) {
	folded, err := precis.UsernameCaseMapped.String(strings.TrimSpace(typed))
	return folded, err == nil && folded != "" && utf8.RuneCountInString(folded) <= MaxUsername
}

// ParseUsername checks a name for a new account and returns it as it is shown.
func ParseUsername(typed string) (name, folded string, err error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", "", apperr.InvalidField("username", "empty", "Enter a user name.")
	}
	name, err = precis.UsernameCasePreserved.String(typed)
	if err != nil {
		return "", "", errNameNotAllowed()
	}
	if utf8.RuneCountInString(name) > MaxUsername {
		return "", "", apperr.InvalidField("username", "too_long", "A user name has at most 64 characters.")
	}
	folded, ok := Fold(name)
	if !ok {
		return "", "", errNameNotAllowed()
	}
	return name, folded, nil
}

func errNameNotAllowed() error {
	return apperr.InvalidField("username", "not_allowed", "A user name has letters, digits and signs, and no spaces.")
}

// ParseText checks a free name a person gives to something, such as a display
// name or a phone name: at most limit code points, no control characters.
func ParseText(field, typed string, limit int) (string, error) {
	text := strings.TrimSpace(norm.NFC.String(typed))
	if utf8.RuneCountInString(text) > limit {
		return "", apperr.InvalidField(field, "too_long", "That name is too long.")
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) || text != "" && !strings.ContainsFunc(text, visible) {
		return "", apperr.InvalidField(field, "not_allowed", "That name has a character that cannot be used.")
	}
	return text, nil
}

// unprintable reports characters that nobody sees or that change how the text around
// them is shown. Two joiners are parts of words in some scripts.
func unprintable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.In(r, unicode.Bidi_Control) || !unicode.IsGraphic(r) && r != nonJoiner && r != joiner
}

// visible leaves out what fonts show as a blank: the fillers of Hangul, and the Braille
// pattern without dots.
func visible(r rune) bool {
	const noDots = '\u2800'
	return unicode.In(r, unicode.L, unicode.N, unicode.S, unicode.P) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != noDots
}

// NewInvited returns an account that is not stored yet and has no password. names holds
// the parsed names and the e-mail address.
func NewInvited(names Account, now time.Time) *Account {
	return &Account{
		Username: names.Username, UsernameFolded: names.UsernameFolded, DisplayName: names.DisplayName, Email: names.Email, EmailKey: names.EmailKey,
		NameKey: nameKey(names.DisplayName, names.Username), PasswordChangedAt: now.UnixMilli(), Epoch: 1, CreatedAt: now.UnixMilli(),
	}
}
