// Package secretbox seals secrets that the database must store but must not be
// able to read, above all the seeds of authenticator keys. It also derives the
// keys of other purposes.
//
// The key ring is one text file outside the database with one key a line. The
// first key seals, all of them open. A ring key is used for nothing but
// HKDF-SHA-256 (RFC 5869): sealing and every other purpose each get their own
// key by label. The keys of other purposes come from a line of their own, which
// stays when ring keys are added and removed. So instances that read a new file
// one after the other always agree on them: a rotation makes no open page
// stale and does not reset the limits on guessed passwords.
//
// Sealing is AES-256-GCM with a fresh random nonce (good for 2^32 seals a key,
// SP 800-38D section 8.3). A sealed value is
//
//	ring key id (8 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//
// and is bound to its place by associated data: a label with a version, the
// ring key id, and the parts that the caller names, such as account id and key
// id, each with its length in front. An attacker who can write to the database
// but has no key file can neither read a value nor move it to another account,
// swap parts of two values or change a byte unnoticed. The key file alone is
// worth nothing either: back it up apart from the database. Losing it loses
// every seed.
//
// A value that does not open is an error and never means "no value": callers
// deny. The callers are the store of totp, the key check at the start, and
// packages that need the key of another purpose.
//
// A key is replaced in steps (Edit), so that every instance can open with the
// new key before any instance seals with it: it is added behind the others,
// every instance gets the file and reads it, then the key is moved to the front
// in the same way. A process reads its file at its start and in Reload, and at
// no other time.
package secretbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"imagemaster/backend/access"
)

const (
	keySize   = 32
	idSize    = 8
	nonceSize = 12
	tagSize   = 16

	// sealLabel names the purpose of the key a ring key seals with. It is not
	// open to callers of Subkey.
	sealLabel = "imagemaster/seal/v1"

	// rootLabel names what the keys of other purposes come from where the file
	// has no line for it: the first key. Nothing leads back from it to the key.
	rootLabel = "imagemaster/subkeys/v1"
)

var (
	// ErrUnknownKey means that the value was sealed with a key the ring does
	// not hold: a wrong or incomplete key file.
	ErrUnknownKey = errors.New("secretbox: sealed with a key that is not in the key file")

	// ErrUnreadable means that the value is damaged or stands where it does
	// not belong.
	ErrUnreadable = errors.New("secretbox: sealed value cannot be opened")
)

// Keyring holds the keys of one key file. It is safe for concurrent use.
type Keyring struct {
	path      string // "" = made from no file
	rule      access.Rule
	reloading sync.Mutex
	current   atomic.Pointer[keySet]
}

// keySet holds the keys between two reads of the file; it never changes.
type keySet struct {
	keys   []ringKey     // as in the file; the first one seals
	former []ringKey     // no longer in the file; they still open
	root   [keySize]byte // the keys of other purposes are derived from it
}

func newKeyring(path string, r *keySet) *Keyring {
	k := &Keyring{path: path}
	k.current.Store(r)
	return k
}

// Rule is by which the key file was accepted.
func (k *Keyring) Rule() access.Rule { return k.rule }

type ringKey struct {
	id     [idSize]byte
	secret [keySize]byte
	aead   cipher.AEAD
}

func newRingKey(id [idSize]byte, secret [keySize]byte) (ringKey, error) {
	sealKey, err := derive(secret, sealLabel)
	if err != nil {
		return ringKey{}, err
	}
	block, err := aes.NewCipher(sealKey[:])
	if err != nil {
		return ringKey{}, fmt.Errorf("secretbox: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return ringKey{}, fmt.Errorf("secretbox: %w", err)
	}
	return ringKey{id: id, secret: secret, aead: aead}, nil
}

// CurrentID returns the id of the key that seals, 16 hexadecimal digits.
func (k *Keyring) CurrentID() string { return k.current.Load().keys[0].name() }

// IDs returns the ids of all keys of the file, in its order.
func (k *Keyring) IDs() []string {
	keys := k.current.Load().keys
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = keys[i].name()
	}
	return ids
}

func (k *ringKey) name() string { return hex.EncodeToString(k.id[:]) }

// Seal encrypts plain with the first key. ad binds the value to its place: first
// a label with a version, such as "imagemaster/totp-seed/v1", then the parts
// that name the place. Open wants the same. Seal panics without a label, which
// is a mistake in the program.
//
// The transaction that stores the value must call canary.Hold, which refuses a
// key that was retired.
func (k *Keyring) Seal(plain []byte, ad ...[]byte) []byte {
	if len(ad) == 0 || len(ad[0]) == 0 {
		panic("secretbox: Seal needs a label")
	}
	key := &k.current.Load().keys[0]
	sealed := make([]byte, idSize, idSize+nonceSize+len(plain)+tagSize)
	copy(sealed, key.id[:])
	return key.aead.Seal(sealed, nil, plain, associatedData(key.id, ad))
}

// SealedBy returns the id of the key that sealed a value, "" when the value is
// too short for a sealed one.
func SealedBy(sealed []byte) string {
	if len(sealed) < idSize+nonceSize+tagSize {
		return ""
	}
	return hex.EncodeToString(sealed[:idSize])
}

// Open decrypts what Seal returned for the same ad. The error is ErrUnknownKey
// or ErrUnreadable.
func (k *Keyring) Open(sealed []byte, ad ...[]byte) ([]byte, error) {
	if SealedBy(sealed) == "" || len(ad) == 0 {
		return nil, ErrUnreadable
	}
	id := [idSize]byte(sealed)
	key := k.current.Load().find(id)
	if key == nil {
		return nil, ErrUnknownKey
	}
	plain, err := key.aead.Open(nil, nil, sealed[idSize:], associatedData(id, ad))
	if err != nil {
		return nil, ErrUnreadable
	}
	return plain, nil
}

// find returns the key of an id, nil when there is none.
func (r *keySet) find(id [idSize]byte) *ringKey {
	for _, keys := range [][]ringKey{r.keys, r.former} {
		if i := slices.IndexFunc(keys, func(k ringKey) bool { return k.id == id }); i >= 0 {
			return &keys[i]
		}
	}
	return nil
}

// Subkey derives the key of another purpose, which the label names with a
// version: page tokens, hashed names, address codes. It stays the same while
// keys are added, used and retired, and as long as the process runs. Subkey
// panics for the labels of this package.
func (k *Keyring) Subkey(label string) [keySize]byte {
	if label == "" || label == sealLabel || label == rootLabel {
		panic("secretbox: Subkey needs a label of its own")
	}
	key, err := derive(k.current.Load().root, label)
	if err != nil {
		panic(err) // only for an output longer than HKDF can give
	}
	return key
}

// KeySubkey derives the key of another purpose from one ring key, which stays known by
// its id when others are added. ok is false where the ring does not hold that
// key. It panics for the same labels as Subkey.
func (k *Keyring) KeySubkey(id, label string) (key [keySize]byte, ok bool) {
	if label == "" || label == sealLabel || label == rootLabel {
		panic("secretbox: KeySubkey needs a label of its own")
	}
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != idSize {
		return key, false
	}
	found := k.current.Load().find([idSize]byte(raw))
	if found == nil {
		return key, false
	}
	if key, err = derive(found.secret, label); err != nil {
		panic(err) // only for an output longer than HKDF can give
	}
	return key, true
}

func derive(secret [keySize]byte, label string) (key [keySize]byte, err error) {
	out, err := hkdf.Key(sha256.New, secret[:], nil, label, keySize)
	if err != nil {
		return key, fmt.Errorf("secretbox: derive key: %w", err)
	}
	return [keySize]byte(out), nil
}

// associatedData joins label, ring key id and the other parts. Each has its
// length in front, so that no two lists of parts give the same bytes.
func associatedData(id [idSize]byte, ad [][]byte) []byte {
	var out []byte
	add := func(part []byte) {
		out = binary.BigEndian.AppendUint64(out, uint64(len(part)))
		out = append(out, part...)
	}
	add(ad[0])
	add(id[:])
	for _, part := range ad[1:] {
		add(part)
	}
	return out
}
