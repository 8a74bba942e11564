package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"imagemaster/backend/crockford"
	"imagemaster/backend/secretbox"
)

const (
	// CodeTime is how long the code that confirms an address is valid.
	CodeTime = 30 * time.Minute
	// CodeTries is how often it may be entered.
	CodeTries = 5
	// CopyTime is how long a former address gets copies.
	CopyTime = 7 * 24 * time.Hour

	codeSymbols = 8 // 40 bits
	saltSize    = 16
	// codeMails bounds the codes mailed in codeMailsTime.
	codeMails     = 5
	codeMailsTime = time.Hour
	// maxFormer is how many former addresses an account may have before it has to
	// wait with another: each gets a copy of every notice.
	maxFormer = 10

	codeLabel = "imagemaster/address-code/v1"
	linkLabel = "imagemaster/link/v1"
)

// Address is where an account's notices go, one row of notice_addresses. The
// zero value is an account without one.
type Address struct {
	AccountID      int64  `gorm:"primaryKey;autoIncrement:false"`
	Address        string // "" = none
	ConfirmedAt    int64  // Unix ms; 0 = stored but not used
	Language       string // in which it was given
	PendingAddress string // waits for its code, "" = none
	CodeSalt       []byte
	CodeExpiresAt  int64 // Unix ms
	CodeTries      int
}

// TableName implements gorm's naming.
func (Address) TableName() string { return "notice_addresses" }

// Confirmed says whether notices are mailed.
func (a *Address) Confirmed() bool { return a.Address != "" && a.ConfirmedAt != 0 }

func (a *Address) dropPending() {
	a.PendingAddress, a.CodeSalt, a.CodeExpiresAt, a.CodeTries = "", nil, 0, 0
}

// former is one row of former_notice_addresses: an address that gets copies.
type former struct {
	ID        int64
	AccountID int64
	Address   string
	Until     int64 // Unix ms
}

func (former) TableName() string { return "former_notice_addresses" }

// CodeResult is what SpendCode decided. Ended says that no code can be entered:
// none was mailed, or its time or its tries are over. TriesLeft counts after a
// wrong code.
type CodeResult struct {
	Right, Ended bool
	TriesLeft    int
}

// Codes derives the codes that confirm addresses. Each depends on the account,
// the address, a random salt and the key file, so neither the queue nor a copy
// of the database holds one.
type Codes struct{ key [32]byte }

// NewCodes returns the Codes of a key ring. A code that was mailed stays valid
// when the ring's keys are replaced.
func NewCodes(ring *secretbox.Keyring) Codes { return Codes{ring.Subkey(codeLabel)} }

func (c Codes) code(accountID int64, address string, salt []byte) string {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(accountID)))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(salt))))
	mac.Write(salt)
	mac.Write([]byte(address))
	return crockford.Encode(mac.Sum(nil), codeSymbols)
}

// Links derives the tokens of links that are mailed, as Codes derives codes: the
// queue and a copy of the database hold none.
type Links struct{ key [32]byte }

// NewLinks returns the Links of a key ring.
func NewLinks(ring *secretbox.Keyring) Links { return Links{ring.Subkey(linkLabel)} }

// NewSalt returns the salt of a new link.
func NewSalt() []byte { return newSalt() }

// Token returns the token of a link: 32 bytes in base64url, 43 characters.
func (l Links) Token(accountID int64, salt []byte) string {
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(accountID)))
	mac.Write(salt)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// LinkURL is the address of the page that takes a link. The token stands after #,
// which browsers never send.
func LinkURL(publicURL, token string) string { return publicURL + "/welcome#" + token }

// matches compares a code, as ParseCode returns it, with the one that was
// mailed, in constant time.
func (c Codes) matches(a *Address, code string) bool {
	want := c.code(a.AccountID, a.PendingAddress, a.CodeSalt)
	return subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1
}

// ParseCode reads a typed code. Case, spaces and dashes do not matter.
func ParseCode(input string) (code string, ok bool) { return crockford.Parse(input, codeSymbols) }

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: the process ends first
	return salt
}
