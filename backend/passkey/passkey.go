// Package passkey keeps the passkeys and hardware keys of accounts, and judges what
// browsers answer with them (W3C Web Authentication Level 3).
//
// A key signs a challenge of this server together with the origin that the browser shows.
// A page at another address therefore gets no answer that counts here: this is the second
// factor that cannot be phished (NIST SP 800-63B-4 section 3.2.5).
//
// A Passkey was made with a PIN, a fingerprint or a face, and asks for it each time. A
// HardwareKey only wants to be touched. Both belong to one host, the RP ID, which is the
// host of the public URL; only the origin of the public URL is accepted.
//
// What is stored: the public key, and what the browser told when it was made. No secret is
// among it. A ceremony is what an answer is judged by; package session keeps it for
// CeremonyLifetime, and it is spent before the answer is judged, so each challenge has one
// answer. Only package auth calls this package, in the transaction that decides.
//
// What an attacker could try: an answer for another origin, host, challenge or account, one
// without the touch or without the PIN of a passkey, an answer twice, or a copy of a hardware
// key, which its counter tells. Each is refused.
package passkey

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Numbers of keys (product rules).
const (
	MaxKeys          = 20 // of one account
	MaxName          = 40 // code points
	MaxFailures      = 10 // refused answers in a row that end a pending sign-in or a session
	CeremonyLifetime = 5 * time.Minute
	// ResistantAfter is how long a new key does not count as phishing-resistant yet: until
	// then the owner can say that somebody else has added it.
	ResistantAfter = 72 * time.Hour
)

// Kind is what people call a key.
type Kind string

// The kinds, as they are stored with sessions and events.
const (
	Passkey     Kind = "passkey"
	HardwareKey Kind = "hardware_key"
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Passkey, HardwareKey} }

// Errors of an answer.
var (
	// ErrMalformed says that it cannot be read. It costs nothing.
	ErrMalformed = errors.New("passkey: malformed answer")
	// ErrRefused says that it is for another origin, host or challenge, or wrongly signed.
	ErrRefused = errors.New("passkey: answer refused")
	// ErrUnknown says that the account has no such key.
	ErrUnknown = errors.New("passkey: unknown key")
	// ErrUnverified says that a passkey has asked for no PIN, fingerprint or face.
	ErrUnverified = errors.New("passkey: person not verified")
	// ErrEligibility says that the key can now be copied, or no longer can be: a password
	// manager has changed it.
	ErrEligibility = errors.New("passkey: backup eligibility has changed")
	// ErrCounter says that a hardware key has counted backwards: there may be a copy.
	ErrCounter = errors.New("passkey: counter went back")
)

// Key is one row of passkeys. Times are Unix milliseconds, 0 = never.
type Key struct {
	ID             int64
	AccountID      int64
	RPID           string `gorm:"column:rp_id"`
	CredentialID   []byte
	PublicKey      []byte // COSE (RFC 9052)
	SignCount      int64
	Transports     string // as the browser names them, with commas between
	AAGUID         []byte `gorm:"column:aaguid"` // the model, 16 bytes
	Attachment     string // platform or cross-platform, "" = not told
	Discoverable   bool
	Verified       bool // with a PIN, a fingerprint or a face when it was made
	BackupEligible bool // it may be on several devices
	BackupState    bool // it is
	Name           string
	MadeIn         int64 // the session that added it
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	ResistantAt    int64 // from then on it counts as phishing-resistant
	LastUsedAt     int64
	GivenUpAt      int64 // the operator has accepted that it is lost, because it belongs to another address
}

// TableName implements gorm's naming.
func (Key) TableName() string { return "passkeys" }

// Kind returns what people call the key.
func (k *Key) Kind() Kind {
	if k.Discoverable && k.Verified {
		return Passkey
	}
	return HardwareKey
}

// Resistant says whether the key counts as phishing-resistant at that time.
func (k *Key) Resistant(now time.Time) bool { return k.ResistantAt <= now.UnixMilli() }

// New says whether the key was added lately, so that the owner may refuse it.
func (k *Key) New(now time.Time) bool {
	return now.UnixMilli()-k.CreatedAt < ResistantAfter.Milliseconds()
}

// Connections returns how a hardware key is connected: usb, nfc, ble.
func (k *Key) Connections() []string {
	return slices.DeleteFunc(strings.Split(k.Transports, ","), func(name string) bool {
		return name != "usb" && name != "nfc" && name != "ble"
	})
}

// Of returns the keys of a kind.
func Of(keys []Key, kind Kind) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Kind() != kind })
}
