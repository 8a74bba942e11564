package throttle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/database"
)

// signInRow is one row of sign_in_budgets. Times are Unix milliseconds.
type signInRow struct {
	BudgetKey []byte `gorm:"primaryKey"`
	Failures  int
	UntilAt   int64
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
}

func (signInRow) TableName() string { return "sign_in_budgets" }

// SignInState is how the budgets of an attempt stand, in the order of budgets().
type SignInState struct {
	budgets []signInBudget
	rows    []signInRow
	found   []bool // whether the row exists
}

// ReadSignIn returns how the budgets of an attempt stand, without a lock.
func ReadSignIn(ctx context.Context, tx *gorm.DB, a SignInAttempt) (SignInState, error) {
	return readSignIn(tx.WithContext(ctx), a)
}

// LockSignIn is ReadSignIn that locks the rows until the transaction ends.
func LockSignIn(ctx context.Context, tx *gorm.DB, a SignInAttempt) (SignInState, error) {
	return readSignIn(tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), a)
}

func readSignIn(q *gorm.DB, a SignInAttempt) (SignInState, error) {
	s := SignInState{budgets: a.budgets()}
	keys := make([][]byte, len(s.budgets))
	for i, b := range s.budgets {
		keys[i] = b.key
	}
	var stored []signInRow
	if err := q.Where("budget_key IN ?", keys).Find(&stored).Error; err != nil {
		return s, fmt.Errorf("read sign-in budgets: %w", err)
	}
	s.rows, s.found = make([]signInRow, len(keys)), make([]bool, len(keys))
	for i, key := range keys {
		s.rows[i].BudgetKey = key
		for _, r := range stored {
			if bytes.Equal(r.BudgetKey, key) {
				s.rows[i], s.found[i] = r, true
			}
		}
	}
	return s, nil
}

// Wait returns how long the attempt must wait, by the strictest of its budgets.
func (s SignInState) Wait(now time.Time) time.Duration {
	var longest time.Duration
	for i, b := range s.budgets {
		longest = max(longest, b.rule.wait(s.rows[i], now))
	}
	return longest
}

// FailSignIn counts a wrong password against locked budgets. A budget that two
// first failures want to open at the same time makes one of the transactions run
// again.
func FailSignIn(ctx context.Context, tx *gorm.DB, s SignInState, now time.Time) error {
	tx = tx.WithContext(ctx)
	for i, b := range s.budgets {
		next := b.rule.fail(s.rows[i], now)
		next.UpdatedAt = now.UnixMilli()
		if s.found[i] {
			if err := writeSignIn(tx, next); err != nil {
				return err
			}
			continue
		}
		err := tx.Create(&next).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return database.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("open sign-in budget: %w", err)
		}
	}
	return nil
}

// PassSignIn sets back, in locked budgets, what a right password ends.
func PassSignIn(ctx context.Context, tx *gorm.DB, s SignInState, now time.Time) error {
	for i, b := range s.budgets {
		next := b.rule.pass(s.rows[i])
		if next.Failures == s.rows[i].Failures {
			continue
		}
		next.UpdatedAt = now.UnixMilli()
		if err := writeSignIn(tx.WithContext(ctx), next); err != nil {
			return err
		}
	}
	return nil
}

func writeSignIn(tx *gorm.DB, r signInRow) error {
	err := tx.Model(&signInRow{}).Where("budget_key = ?", r.BudgetKey).
		UpdateColumns(map[string]any{"failures": r.Failures, "until_at": r.UntilAt, "updated_at": r.UpdatedAt}).Error
	if err != nil {
		return fmt.Errorf("write sign-in budget: %w", err)
	}
	return nil
}

// ForgetDay sets back the day's failures of a name when the operator helps its
// person: the new password must not meet the wait for the wrong ones of others.
func ForgetDay(ctx context.Context, tx *gorm.DB, nameKey string) error {
	err := tx.WithContext(ctx).Where("budget_key = ?", budgetKey("day", nameKey)).Delete(&signInRow{}).Error
	if err != nil {
		return fmt.Errorf("forget the day's failures: %w", err)
	}
	return nil
}

// PruneSignIns deletes up to limit budgets that were not used for BudgetMemory,
// and returns how many.
func PruneSignIns(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	tx = tx.WithContext(ctx)
	var keys [][]byte
	before := now.Add(-BudgetMemory).UnixMilli()
	err := tx.Model(&signInRow{}).Where("updated_at < ?", before).Order("updated_at").Limit(limit).Pluck("budget_key", &keys).Error
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	done := tx.Where("budget_key IN ? AND updated_at < ?", keys, before).Delete(&signInRow{})
	if done.Error != nil {
		return 0, fmt.Errorf("prune sign-in budgets: %w", done.Error)
	}
	return done.RowsAffected, nil
}
