// Package canary keeps what the database knows of the ring keys: which of them
// seal, which are lost, and which must never seal again.
//
// Before a ring key seals anything it leaves a canary in the database: a known
// text sealed with it. A ring that lacks the key, or holds another key under
// its id, cannot open the canary, and the server refuses to start instead of
// finding out at somebody's sign-in (standards H7, ASVS 16.5.3). A key that is
// gone for good is declared lost; its canary stays, so that the loss is known.
//
// A key that seals nothing any more is retired, and its id is kept for good.
// Instances read their key files at different moments, and one that has not
// seen the change yet would go on sealing with the retired key: what it stores
// could be read by nobody once the key is gone. So every transaction that
// stores something sealed begins with Hold, and Retire excludes them: either it
// sees what they have stored and fails, or they are refused (NIST SP 800-57
// part 1, section 5.3.4: a key past its use protects nothing new).
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

// Opens says whether the ring holds the key that sealed the canary.
func (c *Canary) Opens(ring *secretbox.Keyring) bool {
	plain, err := ring.Open(c.Sealed, []byte(sealLabel))
	return err == nil && bytes.Equal(plain, []byte(text))
}

// Lost says whether the key was declared lost.
func (c *Canary) Lost() bool { return c.LostAt != 0 }

// retired is one row of retired_ring_keys.
type retired struct {
	RingKeyID string `gorm:"primaryKey"`
	RetiredAt int64  // Unix ms
}

func (retired) TableName() string { return "retired_ring_keys" }
