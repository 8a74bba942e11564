package auth

import (
	"context"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// Restored says which backup a database was restored from.
type Restored struct {
	BackupAt time.Time
	Version  string // of the program that made it
	Engine   string
}

// EndRestored ends what was open at the time of a backup, in one transaction and
// before anybody can use the database: sessions, pending sign-ins, pending keys,
// devices, set-up links, links to choose a password and help codes, which were ended or used
// since, with their mails. With the sessions end the ceremonies of keys: an answer to one
// counts no more. Counters of hardware keys may be those of before, which refuses nothing.
// Codes of the app count as spent up to now, because those
// that were used since the backup are unknown. Backup codes stay: nobody could sign
// in without a phone otherwise.
func (s *Service) EndRestored(ctx context.Context, from Restored) error {
	now := s.Now()
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.reportAllUnfinished(ctx, tx); err != nil {
			return err
		}
		if err := account.RaiseEveryEpoch(ctx, tx); err != nil {
			return err
		}
		if err := totp.DropEveryPending(ctx, tx); err != nil {
			return err
		}
		if err := session.EndEverything(ctx, tx); err != nil {
			return err
		}
		if err := account.DropSetupTokens(ctx, tx); err != nil {
			return err
		}
		if err := account.EndEveryLink(ctx, tx); err != nil {
			return err
		}
		if err := helpcode.EndEvery(ctx, tx); err != nil {
			return err
		}
		if err := notify.EndEveryLinkMail(ctx, tx); err != nil {
			return err
		}
		if err := totp.SpendUpTo(ctx, tx, totp.Step(now)); err != nil {
			return err
		}
		e := s.operatorEvent(nil, audit.Restored)
		e.Details = s.operatorDetails(map[string]any{"backup_at": from.BackupAt.UTC().Format(time.RFC3339), "version": from.Version, "engine": from.Engine})
		return audit.Record(ctx, tx, e)
	})
}

// reportAllUnfinished notifies each person of an unrecognised browser that had the
// password when the backup was made.
func (s *Service) reportAllUnfinished(ctx context.Context, tx *database.Tx) error {
	ids, err := session.UnrecognisedAccounts(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := account.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.reportUnfinished(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}
