// Package canary proves at the start that the key ring is the right one.
//
// Before a ring key seals anything it leaves a canary in the database: a known
// text sealed with it. A ring that lacks the key, or holds another key under
// its id, cannot open the canary, and the server refuses to start instead of
// finding out at somebody's sign-in (standards H7, ASVS 16.5.3). A key that is
// gone for good is declared lost; its canary stays, so that the loss is known.
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
