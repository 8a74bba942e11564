package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
)

// backupCode is a code of the printed sheet.
type backupCode struct {
	text  string
	hash  []byte
	found *backupcode.Code // set by compare, nil = unknown
}

func parseBackupCode(typed string) (proof, bool) {
	text, ok := backupcode.Parse(typed)
	return &backupCode{text: text}, ok
}

func (*backupCode) method() throttle.Method { return throttle.BackupCode }

// prepare hashes the code, in a hash slot. One run of Argon2id finds it in any
// set, since the salt is the account's. An account without codes costs the same.
func (p *backupCode) prepare(ctx context.Context, s *Service, c *Caller) (reason string, err error) {
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := c.Account.BackupSalt
	if salt == nil {
		salt = make([]byte, backupSaltSize)
	}
	p.hash = s.Hasher.Key([]byte(p.text), salt)
	return "", nil
}

func (p *backupCode) compare(ctx context.Context, tx *database.Tx, c *Caller, _ time.Time) (verdict, error) {
	found, err := backupcode.Find(ctx, tx, c.Account.ID, p.hash)
	switch {
	case errors.Is(err, backupcode.ErrNotFound):
		p.found = nil
		return verdict{code: apperr.CodeWrong}, nil
	case err != nil:
		return verdict{}, err
	}
	p.found = found
	switch {
	case found.ReplacedAt != 0:
		return verdict{code: apperr.CodeReplaced}, nil
	case found.UsedAt != 0:
		return verdict{code: apperr.CodeUsed}, nil
	}
	return verdict{}, nil
}

func (p *backupCode) spend(ctx context.Context, tx *database.Tx, _ *Caller, now time.Time) error {
	err := backupcode.Spend(ctx, tx, p.found, now)
	if errors.Is(err, backupcode.ErrSpent) {
		return errSpent
	}
	return err
}
