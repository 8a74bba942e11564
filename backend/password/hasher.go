package password

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
)

// Cost holds the parameters of one run. They are fixed: the library's defaults
// depend on the number of cores.
type Cost struct {
	MemoryKiB  uint32
	Iterations uint32
}

// DefaultCost is OWASP's minimum, and the cost of the product.
var DefaultCost = Cost{MemoryKiB: 19456, Iterations: 2}

const (
	parallelism = 1
	saltSize    = 16
	keySize     = 32
)

// The bounds of a stored hash. They allow the second option of RFC 9106 section
// 4, so that hashes from other systems work.
const (
	maxPHC         = 255 // bytes, the width of the column
	maxMemoryKiB   = 65536
	maxIterations  = 8
	maxParallelism = 4
	minSaltSize    = 8
	minKeySize     = 16
	maxKeySize     = 64
)

var errStoredHash = errors.New("password: stored hash cannot be used")

// Hasher runs Argon2id for the whole server, in a few slots.
type Hasher struct {
	cost   Cost
	queue  queue
	nobody string // a hash that no password matches
	runs   atomic.Uint64
}

// NewHasher returns a Hasher that runs at most slots hashes at a time: as many
// as there are cores.
func NewHasher(slots int, cost Cost) *Hasher {
	random := make([]byte, saltSize+keySize)
	rand.Read(random)
	return &Hasher{cost: cost, queue: newQueue(max(1, slots)), nobody: cost.encode(random[:saltSize], random[saltSize:])}
}

// Hash returns the PHC string for pw. The caller holds a slot.
func (h *Hasher) Hash(pw string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return h.cost.encode(salt, h.Key([]byte(Normalize(pw)), salt)), nil
}

// Verify reports whether pw belongs to the stored hash. The caller holds a
// slot. An error means that the stored hash is damaged or asks for more than
// is allowed; the caller denies.
func (h *Hasher) Verify(pw, phc string) (bool, error) {
	if _, err := decode(phc); err != nil {
		return false, err
	}
	h.runs.Add(1)
	match, err := argon2id.ComparePasswordAndHash(Normalize(pw), phc)
	if err != nil {
		return false, errStoredHash
	}
	return match, nil
}

// VerifyNobody does the work of Verify for a name that does not exist, so that
// both take the same time. The caller holds a slot.
func (h *Hasher) VerifyNobody(pw string) {
	h.Verify(pw, h.nobody)
}

// Key returns 32 bytes: one run of Argon2id over a password or a backup code. The
// caller holds a slot.
func (h *Hasher) Key(secret, salt []byte) []byte {
	h.runs.Add(1)
	return argon2.IDKey(secret, salt, h.cost.Iterations, h.cost.MemoryKiB, parallelism, keySize)
}

// Runs returns how many times Argon2id was run since the start, for tests.
func (h *Hasher) Runs() uint64 {
	return h.runs.Load()
}

// NeedsRehash reports whether a stored hash is weaker than a new one, or cannot
// be read. The next sign-in then replaces it.
func (h *Hasher) NeedsRehash(phc string) bool {
	p, err := decode(phc)
	return err != nil || p.Memory < h.cost.MemoryKiB || p.Iterations < h.cost.Iterations ||
		p.SaltLength < saltSize || p.KeyLength < keySize
}

func (c Cost) encode(salt, key []byte) string {
	return encodePHC(c.MemoryKiB, c.Iterations, parallelism, salt, key)
}

func encodePHC(memory, iterations uint32, lanes uint8, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, iterations, lanes, b64(salt), b64(key))
}

// decode reads the parameters of a PHC string and refuses values out of bounds.
func decode(phc string) (*argon2id.Params, error) {
	if len(phc) > maxPHC {
		return nil, errStoredHash
	}
	p, salt, key, err := argon2id.DecodeHash(phc)
	if err != nil {
		return nil, errStoredHash
	}
	// The library accepts damaged numbers ("m=1,t=2,p=3x"). Only a text that is
	// the same when written again is accepted here.
	canonical := encodePHC(p.Memory, p.Iterations, p.Parallelism, salt, key)
	inBounds := p.Memory >= 8*uint32(p.Parallelism) && p.Memory <= maxMemoryKiB &&
		p.Iterations >= 1 && p.Iterations <= maxIterations &&
		p.Parallelism >= 1 && p.Parallelism <= maxParallelism &&
		len(salt) >= minSaltSize && len(key) >= minKeySize && len(key) <= maxKeySize
	if !inBounds || canonical != phc {
		return nil, errStoredHash
	}
	return p, nil
}

func b64(b []byte) string {
	return base64.RawStdEncoding.EncodeToString(b)
}
