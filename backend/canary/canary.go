// Package canary stores what the database knows about the ring keys: which keys
// seal, which are lost, and which must never seal again.
//
// No transaction stores a sealed value without the canary of its ring key: a known
// text sealed with that key. A ring without that key, or with another key under its
// id, cannot open the canary. The server then refuses to start, instead of
// failing at somebody's sign-in (H7; ASVS 16.5.3). A key that is gone
// for good is declared lost; its canary stays and records the loss.
//
// A key that seals nothing any more is retired, and its id is kept for good.
// Instances read their key files at different moments. An instance that has not
// read the new file yet must not go on sealing with the retired key: nobody
// could read what it stores once the key is gone. So every transaction that
// stores a sealed value calls Hold, and Retire excludes such transactions:
// either Retire's caller sees what they have stored and fails, or Hold refuses
// them (NIST SP 800-57 part 1, section 5.3.4: a key past its use protects
// nothing new).
package canary

import (
	"bytes"

	"imagemaster/backend/secretbox"
)

const (
	sealLabel = "imagemaster/canary/v1"
	text      = "imagemaster"
)

// Canary is one row of key_canaries. Times are Unix milliseconds, 0 = never.
type Canary struct {
	RingKeyID string `gorm:"primaryKey"`
	Sealed    []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	LostAt    int64
}

// TableName implements gorm's naming.
func (Canary) TableName() string { return "key_canaries" }

// Opens reports whether the ring holds the key that sealed the canary.
func (c *Canary) Opens(ring *secretbox.Keyring) bool {
	plain, err := ring.Open(c.Sealed, []byte(sealLabel))
	return err == nil && bytes.Equal(plain, []byte(text))
}

// Lost reports whether the key was declared lost.
func (c *Canary) Lost() bool { return c.LostAt != 0 }

// retired is one row of retired_ring_keys.
type retired struct {
	RingKeyID string `gorm:"primaryKey"`
	RetiredAt int64  // Unix ms
}

func (retired) TableName() string { return "retired_ring_keys" }
