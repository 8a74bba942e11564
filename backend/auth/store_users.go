package auth

import (
	"context"
	"fmt"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// userRow is a line of the list of accounts.
type userRow struct {
	Account      account.Account `gorm:"embedded"`
	Key          totp.Sealed     `gorm:"embedded;embeddedPrefix:sealed_"`
	HasKey       bool
	StoppedLanes int // of the tries with codes of the app
	CodesLeft    int
	LastSignIn   int64
}

// lanes is how many budgets the tries with codes of the app have.
const lanes = 2

// listUsers reads all accounts by name, in one statement however many there are.
func listUsers(ctx context.Context, tx *database.Tx) ([]userRow, error) {
	const text = "SELECT accounts.*, totp_keys.account_id IS NOT NULL AS has_key, totp_keys.key_id AS sealed_key_id," +
		" totp_keys.sealed_seed AS sealed_sealed_seed, totp_keys.ring_key_id AS sealed_ring_key_id," +
		" COALESCE(stopped.n, 0) AS stopped_lanes, COALESCE(codes.n, 0) AS codes_left, COALESCE(events.at, 0) AS last_sign_in" +
		" FROM accounts " + withKey +
		" LEFT JOIN (SELECT account_id, COUNT(*) AS n FROM code_budgets" +
		" WHERE method = ? AND (lane = ? AND failures >= ? OR lane = ? AND failures >= ?) GROUP BY account_id) stopped ON stopped.account_id = accounts.id" +
		" LEFT JOIN (SELECT account_id, COUNT(*) AS n FROM backup_codes WHERE used_at = 0 AND replaced_at = 0 GROUP BY account_id) codes ON codes.account_id = accounts.id" +
		" LEFT JOIN (SELECT account_id, MAX(at) AS at FROM audit_events WHERE kind = ? AND outcome = ? GROUP BY account_id) events ON events.account_id = accounts.id" +
		" ORDER BY accounts.username_folded"
	var rows []userRow
	err := tx.WithContext(ctx).Raw(text, throttle.App, throttle.Known, throttle.Known.Stop(), throttle.Unknown, throttle.Unknown.Stop(),
		audit.SignIn, audit.OK).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return rows, nil
}
