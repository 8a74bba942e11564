// Package session stores who is signed in, who has given the password and owes
// the second factor, and which browsers an account knows.
//
// Three kinds of records, each reached only through its own opaque token of 32
// random bytes, of which only the SHA-256 is stored (ASVS 7.2.3, 11.5.1):
//
//   - a Pending sign-in: the password was right, the second factor is owed; it
//     can submit a code, be extended or be cancelled, nothing else (ASVS 2.3.1);
//   - a Session with a Level and the time each factor was last given (NIST SP
//     800-63B-4 section 5.1);
//   - a Device: a browser that has completed a sign-in before. It never
//     replaces a factor. It only gives the person's own browser a budget that
//     the guesses of others do not use up.
//
// All carry the account's epoch and count only while it is equal. A database
// dump yields no token; a token that was never issued is never adopted.
//
// An attacker could copy a cookie: the token changes with every sign-in, step-up
// and change of what the account owes, and the copy is no longer valid. Only a
// session that a backup code opened keeps it in a step-up, until another factor is
// given. A request could also arrive after its session has ended: Update and CountWrongPassword name the token
// and the epoch that the session was read with.
package session

import (
	"cmp"
	"errors"
	"time"
)

// Lifetimes and limits (product rules; NIST SP 800-63B-4 section 2.2.3).
const (
	DefaultLifetime = 24 * time.Hour
	DefaultIdle     = time.Hour
	PendingLifetime = 10 * time.Minute
	MaxExtensions   = 10 // WCAG 2.2, 2.2.1: a time limit can be extended ten times
	DeviceLifetime  = 180 * 24 * time.Hour
	FactorFreshness = 5 * time.Minute
	// BackupPower is how long the backup code that opened a session counts for
	// moving to another phone, for adding a key, and for new backup codes.
	BackupPower = 30 * time.Minute
	// RecoveryLifetime is how long a session that a help code has opened can enrol.
	RecoveryLifetime = 15 * time.Minute
	// WelcomePower is how long keys that are added in a session that began with the choice of
	// the first password count at once.
	WelcomePower      = time.Hour
	MaxSessions       = 20
	MaxPending        = 20
	MaxDevices        = 10
	MaxDeviceFailures = 40
	MaxWrongStepUps   = 5
	seenInterval      = time.Minute
	// clockTolerance is how far ahead a session may have been seen: more means
	// that the clock was wrong then, and its limits would not hold.
	clockTolerance = 5 * time.Minute
)

// Limits say how long sessions last. The operator chooses them; zero is the default.
type Limits struct {
	Idle     time.Duration // until a session that is not used ends
	Lifetime time.Duration // until a session ends in any case
}

func (l Limits) idle() time.Duration     { return cmp.Or(l.Idle, DefaultIdle) }
func (l Limits) lifetime() time.Duration { return cmp.Or(l.Lifetime, DefaultLifetime) }

// Level says what a session has proved.
type Level int

// The levels: 1 = the password, 2 = the password and the second factor.
const (
	LevelPassword Level = 1
	LevelTwo      Level = 2
)

// ErrNotFound says that no live record has that token or id.
var ErrNotFound = errors.New("session: not found")

// Session is one row of sessions. Times are Unix milliseconds, 0 = never.
type Session struct {
	ID               int64
	AccountID        int64
	TokenHash        []byte
	Level            Level
	Epoch            int64
	CreatedAt        int64 `gorm:"autoCreateTime:false"`
	ExpiresAt        int64 // the overall end
	LastSeenAt       int64
	PasswordAt       int64
	CodeAt           int64  // when a code was last given, of the app or a backup code
	KeyAt            int64  // when a passkey or hardware key was last given
	ResistantAt      int64  // when one that counted as phishing-resistant was last given
	BackupCodeAt     int64  // when a backup code was last given
	BackupAt         int64  // when a backup code completed the sign-in
	Factor           string // the second factor that was given last, "" = none
	PasswordFailures int    // wrong passwords in a row, inside the session
	DeviceID         int64
	Address          string
	UserAgent        string
	FailedCodes      int // wrong codes before this sign-in
	// Recovery says that the session was opened with a help code. It can enrol a new
	// second factor, and nothing else.
	Recovery bool
	// Welcome says that the session began with the choice of the first password.
	Welcome bool
}

// Overall returns when a session that began then ends in any case.
func (l Limits) Overall(began time.Time) time.Time { return began.Add(l.lifetime()) }

// Ends returns when the session ends if nothing more is done in it.
func (s *Session) Ends(l Limits) time.Time {
	idle := s.LastSeenAt + l.idle().Milliseconds()
	return time.UnixMilli(min(idle, s.ExpiresAt)).UTC()
}

// OverallEnd returns when the session ends in any case.
func (s *Session) OverallEnd() time.Time { return time.UnixMilli(s.ExpiresAt).UTC() }

// Created returns when the session began.
func (s *Session) Created() time.Time { return time.UnixMilli(s.CreatedAt).UTC() }

// LastSeen returns when the session was last used, to a minute.
func (s *Session) LastSeen() time.Time { return time.UnixMilli(s.LastSeenAt).UTC() }

// SeenLongAgo says whether the last use was at least a minute ago.
func (s *Session) SeenLongAgo(now time.Time) bool {
	return now.UnixMilli()-s.LastSeenAt >= seenInterval.Milliseconds()
}

// PasswordFresh says whether the password was given within FactorFreshness.
func (s *Session) PasswordFresh(now time.Time) bool {
	return within(FactorFreshness, s.PasswordAt, now)
}

// FactorAt returns when a second factor of any kind was last given.
func (s *Session) FactorAt() int64 { return max(s.CodeAt, s.KeyAt) }

// FactorFresh says whether a second factor of any kind was given within FactorFreshness.
// One that a clock which was ahead has dated hides no other.
func (s *Session) FactorFresh(now time.Time) bool {
	return within(FactorFreshness, s.CodeAt, now) || within(FactorFreshness, s.KeyAt, now)
}

// CodeFresh says whether a code was given within FactorFreshness.
func (s *Session) CodeFresh(now time.Time) bool { return within(FactorFreshness, s.CodeAt, now) }

// ResistantFresh says whether a key that counted as phishing-resistant was given within
// FactorFreshness.
func (s *Session) ResistantFresh(now time.Time) bool {
	return within(FactorFreshness, s.ResistantAt, now)
}

// BackupCodeFresh says whether a backup code was given within FactorFreshness.
func (s *Session) BackupCodeFresh(now time.Time) bool {
	return within(FactorFreshness, s.BackupCodeAt, now)
}

// BackupCounts says whether the session was opened with a backup code within
// BackupPower.
func (s *Session) BackupCounts(now time.Time) bool { return within(BackupPower, s.BackupAt, now) }

// Given is a second factor that was given in a session. The zero value is none.
type Given struct {
	At         time.Time
	Factor     string // its name, "" = it was made, not used
	Key        bool   // a passkey or hardware key; else a code
	Resistant  bool   // a key that counts as phishing-resistant
	BackupCode bool
}

// times returns what a session keeps of it, by the names of the columns.
func (g Given) times() map[string]int64 {
	at := g.At.UnixMilli()
	if g.Key {
		times := map[string]int64{"key_at": at}
		if g.Resistant {
			times["resistant_at"] = at
		}
		return times
	}
	times := map[string]int64{"code_at": at}
	if g.BackupCode {
		times["backup_code_at"] = at
	}
	return times
}

// Give sets what a new session keeps of a second factor.
func (s *Session) Give(g Given) {
	times := g.times()
	s.CodeAt, s.KeyAt, s.ResistantAt, s.BackupCodeAt = times["code_at"], times["key_at"], times["resistant_at"], times["backup_code_at"]
	s.Factor = g.Factor
}

// WelcomeCounts says whether the session began with the choice of the first password, within
// WelcomePower.
func (s *Session) WelcomeCounts(now time.Time) bool {
	return s.Welcome && within(WelcomePower, s.CreatedAt, now)
}

func within(limit time.Duration, at int64, now time.Time) bool {
	age := now.UnixMilli() - at
	return at != 0 && age >= 0 && age <= limit.Milliseconds()
}

// Pending is one row of pending_sign_ins.
type Pending struct {
	ID         int64
	AccountID  int64
	TokenHash  []byte
	Epoch      int64
	CreatedAt  int64 `gorm:"autoCreateTime:false"` // of the first in a row in that browser
	ExpiresAt  int64
	PasswordAt int64
	Extended   int
	Known      bool // begun in a browser the account knows
	Address    string
	UserAgent  string
}

// TableName implements gorm's naming.
func (Pending) TableName() string { return "pending_sign_ins" }

// Ends returns when the pending sign-in ends.
func (p *Pending) Ends() time.Time { return time.UnixMilli(p.ExpiresAt).UTC() }

// Stale says whether the browser has owed the second factor for longer than one
// pending sign-in lasts: it was extended, or the password was given again.
func (p *Pending) Stale(now time.Time) bool {
	return now.UnixMilli()-p.CreatedAt >= PendingLifetime.Milliseconds()
}

// Device is one row of devices.
type Device struct {
	ID         int64
	AccountID  int64
	TokenHash  []byte
	Epoch      int64
	LastUsedAt int64
	Failures   int // wrong codes, whatever the method
}
