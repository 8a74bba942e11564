package throttle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// row is one row of code_failures.
type row struct {
	AccountID int64
	Kind      Kind
	Lane      Lane
	Failures  int
	WaitUntil int64 // Unix ms
}

func (row) TableName() string { return "code_failures" }

// Reserve takes one try, or returns a *WaitError or ErrStopped. The caller runs
// it in a transaction of its own and commits before it compares anything.
func Reserve(ctx context.Context, tx *gorm.DB, b Budget, now time.Time) (*Reservation, error) {
	tx = tx.WithContext(ctx)
	current, err := lock(tx, b)
	if err != nil {
		return nil, err
	}
	r, err := current.next(b, now)
	if err != nil {
		return nil, err
	}
	done := of(tx, b).Where("failures = ?", current.Failures).
		UpdateColumns(map[string]any{"failures": r.failures, "wait_until": now.Add(r.wait).UnixMilli()})
	if done.Error != nil {
		return nil, fmt.Errorf("reserve try: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return nil, errors.New("reserve try: the budget changed while it was locked")
	}
	return r, nil
}

// next computes the reservation that follows a row.
func (r row) next(b Budget, now time.Time) (*Reservation, error) {
	if r.Failures >= b.Lane.Stop() {
		return nil, ErrStopped
	}
	if left := remaining(r.WaitUntil, now, waitAfter(r.Failures)); left > 0 {
		return nil, &WaitError{Left: left}
	}
	failures := r.Failures + 1
	return &Reservation{Budget: b, failures: failures, priorWait: r.WaitUntil, wait: waitAfter(failures)}, nil
}

// lock reads a budget and holds its row, which it makes where it is missing.
// Reading first keeps the common case free of the shared lock that a refused
// INSERT takes on MySQL and that makes parallel tries deadlock.
func lock(tx *gorm.DB, b Budget) (row, error) {
	for range 2 {
		var found []row
		err := of(tx, b).Clauses(clause.Locking{Strength: "UPDATE"}).Find(&found).Error
		if err != nil {
			return row{}, fmt.Errorf("read budget: %w", err)
		}
		if len(found) == 1 {
			return found[0], nil
		}
		fresh := row{AccountID: b.AccountID, Kind: b.Kind, Lane: b.Lane}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return row{}, fmt.Errorf("open budget: %w", err)
		}
	}
	return row{}, errors.New("open budget: the row is missing after it was made")
}

func of(tx *gorm.DB, b Budget) *gorm.DB {
	return tx.Model(&row{}).Where("account_id = ? AND kind = ? AND lane = ?", b.AccountID, b.Kind, b.Lane)
}

// Release gives a try back whose code was right but which ends no counting,
// such as a step-up: right answers never use up a limit.
func Release(ctx context.Context, tx *gorm.DB, r *Reservation) error {
	// wait_until comes first: MySQL assigns from left to right, each with the
	// values already assigned.
	err := tx.WithContext(ctx).Exec(`UPDATE code_failures
		SET wait_until = CASE WHEN failures = ? THEN ? ELSE wait_until END, failures = failures - 1
		WHERE account_id = ? AND kind = ? AND lane = ? AND failures > 0`,
		r.failures, r.priorWait, r.AccountID, r.Kind, r.Lane).Error
	if err != nil {
		return fmt.Errorf("release try: %w", err)
	}
	return nil
}

// Reset forgets the failures of one lane, after a completed sign-in in it.
func Reset(ctx context.Context, tx *gorm.DB, b Budget) error {
	err := of(tx.WithContext(ctx), b).UpdateColumns(map[string]any{"failures": 0, "wait_until": 0}).Error
	if err != nil {
		return fmt.Errorf("reset budget: %w", err)
	}
	return nil
}

// ResetKind forgets the failures of both lanes, when a new key or set is bound.
func ResetKind(ctx context.Context, tx *gorm.DB, accountID int64, kind Kind) error {
	return forget(tx.WithContext(ctx).Where("account_id = ? AND kind = ?", accountID, kind))
}

// ResetAll forgets all failures of an account, after its password was changed
// by a session that had given the second factor.
func ResetAll(ctx context.Context, tx *gorm.DB, accountID int64) error {
	return forget(tx.WithContext(ctx).Where("account_id = ?", accountID))
}

func forget(q *gorm.DB) error {
	if err := q.Delete(&row{}).Error; err != nil {
		return fmt.Errorf("forget failures: %w", err)
	}
	return nil
}

// Dead says whether both lanes of a kind are stopped, so that the key or set
// behind it must be bound anew.
func Dead(ctx context.Context, tx *gorm.DB, accountID int64, kind Kind) (bool, error) {
	var rows []row
	err := tx.WithContext(ctx).Where("account_id = ? AND kind = ?", accountID, kind).Find(&rows).Error
	if err != nil {
		return false, fmt.Errorf("read budgets: %w", err)
	}
	stopped := 0
	for _, r := range rows {
		if r.Failures >= r.Lane.Stop() {
			stopped++
		}
	}
	return stopped == 2, nil
}

// signInRow is one row of sign_in_budgets. Times are Unix milliseconds.
type signInRow struct {
	BudgetKey []byte `gorm:"primaryKey"`
	Failures  int
	UntilAt   int64
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
}

func (signInRow) TableName() string { return "sign_in_budgets" }

// ReserveSignIn takes one try of each budget of an attempt, or returns a
// *WaitError and takes none. The caller runs it in a transaction of its own and
// commits before it compares anything.
func ReserveSignIn(ctx context.Context, tx *gorm.DB, a SignInAttempt, now time.Time) error {
	tx = tx.WithContext(ctx)
	var longest time.Duration
	for _, b := range a.budgets() {
		row, err := lockSignIn(tx, b.key, now)
		if err != nil {
			return err
		}
		next, wait := b.rule.next(row, now)
		longest = max(longest, wait)
		if longest > 0 {
			continue // the others are looked at for the longest wait only
		}
		if err := writeSignIn(tx, next, now); err != nil {
			return err
		}
	}
	if longest > 0 {
		return &WaitError{Left: longest}
	}
	return nil
}

// ReleaseSignIn gives the tries of an attempt back whose password was right:
// right answers never use up a limit.
func ReleaseSignIn(ctx context.Context, tx *gorm.DB, a SignInAttempt, now time.Time) error {
	tx = tx.WithContext(ctx)
	for _, b := range a.budgets() {
		row, err := lockSignIn(tx, b.key, now)
		if err != nil {
			return err
		}
		if err := writeSignIn(tx, b.rule.undo(row), now); err != nil {
			return err
		}
	}
	return nil
}

// lockSignIn reads a budget and holds its row, which it makes where it is
// missing.
func lockSignIn(tx *gorm.DB, key []byte, now time.Time) (signInRow, error) {
	for range 2 {
		var found []signInRow
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("budget_key = ?", key).Find(&found).Error
		if err != nil {
			return signInRow{}, fmt.Errorf("read sign-in budget: %w", err)
		}
		if len(found) == 1 {
			return found[0], nil
		}
		fresh := signInRow{BudgetKey: key, UpdatedAt: now.UnixMilli()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return signInRow{}, fmt.Errorf("open sign-in budget: %w", err)
		}
	}
	return signInRow{}, errors.New("open sign-in budget: the row is missing after it was made")
}

func writeSignIn(tx *gorm.DB, r signInRow, now time.Time) error {
	err := tx.Model(&signInRow{}).Where("budget_key = ?", r.BudgetKey).
		UpdateColumns(map[string]any{"failures": r.Failures, "until_at": r.UntilAt, "updated_at": now.UnixMilli()}).Error
	if err != nil {
		return fmt.Errorf("write sign-in budget: %w", err)
	}
	return nil
}

// ForgetDay forgets the day's failures of a name, when the operator helps its
// person: the new password must not meet the wait of strangers' wrong ones.
func ForgetDay(ctx context.Context, tx *gorm.DB, nameKey string) error {
	err := tx.WithContext(ctx).Where("budget_key = ?", budgetKey("day", nameKey)).Delete(&signInRow{}).Error
	if err != nil {
		return fmt.Errorf("forget the day's failures: %w", err)
	}
	return nil
}

// PruneSignIns deletes up to limit budgets that were not used for
// BudgetMemory, and returns how many.
func PruneSignIns(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	tx = tx.WithContext(ctx)
	var keys [][]byte
	err := tx.Model(&signInRow{}).Where("updated_at < ?", now.Add(-BudgetMemory).UnixMilli()).
		Order("updated_at").Limit(limit).Pluck("budget_key", &keys).Error
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	done := tx.Where("budget_key IN ? AND updated_at < ?", keys, now.Add(-BudgetMemory).UnixMilli()).Delete(&signInRow{})
	if done.Error != nil {
		return 0, fmt.Errorf("prune sign-in budgets: %w", done.Error)
	}
	return done.RowsAffected, nil
}
