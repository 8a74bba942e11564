package account

import (
	"context"
	"crypto/rand"
	"fmt"

	"gorm.io/gorm"
)

// userHandleSize is the length of a user handle in bytes.
const userHandleSize = 32

// UserHandle returns how an account is called in its passkeys (WebAuthn): 32 random bytes
// that stay the same for good. The first call makes them. The caller holds the lock on the
// account.
func UserHandle(ctx context.Context, tx *gorm.DB, id int64) ([]byte, error) {
	var handle []byte
	tx = tx.WithContext(ctx)
	if err := tx.Model(&Account{}).Where("id = ?", id).Select("user_handle").Row().Scan(&handle); err != nil {
		return nil, fmt.Errorf("read user handle: %w", err)
	}
	if len(handle) == userHandleSize {
		return handle, nil
	}
	handle = make([]byte, userHandleSize)
	rand.Read(handle)
	return handle, set(ctx, tx, id, map[string]any{"user_handle": handle})
}
