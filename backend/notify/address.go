package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"time"

	"imagemaster/backend/crockford"
	"imagemaster/backend/secretbox"
)

const (
	// CodeTime is how long the code that confirms an address is good.
	CodeTime = 30 * time.Minute
	// CodeTries is how often it may be entered.
	CodeTries = 5
	// CopyTime is how long an address that was replaced gets copies.
	CopyTime = 7 * 24 * time.Hour

	codeSymbols = 8 // 40 bits
	saltSize    = 16
	// codeMails bounds the codes mailed in codeMailsTime.
	codeMails     = 5
	codeMailsTime = time.Hour

	codeLabel = "imagemaster/address-code/v1"
)

// ErrCodeEnded says that no code is waited for: there never was one, its time
// or its tries are over, or a newer one has taken its place.
var ErrCodeEnded = errors.New("notify: no code is waited for")

// WaitError says that too many codes were mailed.
type WaitError struct{ Left time.Duration }

func (*WaitError) Error() string { return "notify: too many codes were mailed" }

// Address is where an account's notices go, one row of notice_addresses. The
// zero value is an account without one.
type Address struct {
	AccountID      int64
	Address        string // "" = none
	ConfirmedAt    int64  // Unix ms; 0 = kept without being used
	Language       string // in which it was given
	PendingAddress string // waits for its code, "" = none
	CodeSalt       []byte
	CodeExpiresAt  int64 // Unix ms
	CodeTries      int
}

// TableName implements gorm's naming.
func (Address) TableName() string { return "notice_addresses" }

// stored says whether there is a row; in a row the language is always set.
func (a *Address) stored() bool { return a.Language != "" }

// Confirmed says whether notices are mailed.
func (a *Address) Confirmed() bool { return a.Address != "" && a.ConfirmedAt != 0 }

// former is one row of former_notice_addresses: an address that gets copies.
type former struct {
	ID        int64
	AccountID int64
	Address   string
	Until     int64 // Unix ms
}

func (former) TableName() string { return "former_notice_addresses" }

// CodeTry is one try at a code, taken before anything is compared.
type CodeTry struct {
	address Address
}

// Left is how many tries there are after this one.
func (t *CodeTry) Left() int { return CodeTries - t.address.CodeTries }

// Codes makes the codes that confirm addresses. Each follows from the account,
// the address and a random salt under a key of the key ring, so that neither
// the queue nor a copy of the database holds one.
type Codes struct{ key [32]byte }

// NewCodes returns Codes of a key ring. Codes that are on their way stay good
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

// Right says whether a code, as ParseCode returns it, is the one that was
// mailed.
func (c Codes) Right(try *CodeTry, code string) bool {
	want := c.code(try.address.AccountID, try.address.PendingAddress, try.address.CodeSalt)
	return subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1
}

// ParseCode reads a typed code. Case, spaces and dashes do not matter.
func ParseCode(input string) (code string, ok bool) { return crockford.Parse(input, codeSymbols) }

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: the process ends first
	return salt
}
