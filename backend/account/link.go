package account

import "time"

// LinkKind says what a link is for.
type LinkKind string

// The kinds of links.
const (
	Invitation   LinkKind = "invitation" // the first password, and then the second factor
	PasswordLink LinkKind = "password"   // a new password in place of a forgotten one
)

// Lifetimes of links.
const (
	InvitationLifetime    = 7 * 24 * time.Hour
	MinInvitationLifetime = time.Hour
	MaxInvitationLifetime = 30 * 24 * time.Hour
	PasswordLinkLifetime  = time.Hour
)

// Link is one row of account_links: the one link with which a person may choose a
// password. Only the SHA-256 of its token is kept.
type Link struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	Kind      LinkKind
	TokenHash []byte
	Epoch     int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt int64
	GivenBy   int64 // account of its giver, 0 = the operator
}

// TableName implements gorm's naming.
func (Link) TableName() string { return "account_links" }

// Counts says whether the link works for an account at that time.
func (l *Link) Counts(a *Account, now time.Time) bool {
	return l.AccountID == a.ID && l.Epoch == a.Epoch && !a.Disabled() &&
		now.UnixMilli() < l.ExpiresAt && l.CreatedAt <= now.Add(clockTolerance).UnixMilli()
}

// Ends returns when the link ends.
func (l *Link) Ends() time.Time { return time.UnixMilli(l.ExpiresAt).UTC() }
