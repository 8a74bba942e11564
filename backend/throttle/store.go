package throttle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// row is one row of code_budgets.
type row struct {
	AccountID int64
	Method    Method
	Lane      Lane
	Failures  int
	WaitUntil int64 // Unix ms
	Serial    int64
}

func (row) TableName() string { return "code_budgets" }

// Create makes the budgets of new accounts, in the transaction that makes the
// accounts. A try never inserts one: parallel first inserts would deadlock.
func Create(ctx context.Context, tx *gorm.DB, accountIDs ...int64) error {
	rows := rowsOf([]Method{App, BackupCode, HelpCode}, accountIDs...)
	if err := tx.WithContext(ctx).CreateInBatches(rows, insertBatch).Error; err != nil {
		return fmt.Errorf("create budgets: %w", err)
	}
	return nil
}

func rowsOf(methods []Method, accountIDs ...int64) (rows []row) {
	for _, id := range accountIDs {
		for _, method := range methods {
			for _, lane := range []Lane{Known, Unknown} {
				rows = append(rows, row{AccountID: id, Method: method, Lane: lane})
			}
		}
	}
	return rows
}

// Begin makes a lane of a method that was stopped work again, and makes the rows where an
// instance of an older version has made the account. What is counted else stays: tries that
// are left must not tell that there is something new to guess. The caller has locked the
// account.
func Begin(ctx context.Context, tx *gorm.DB, accountID int64, method Method) error {
	rows := rowsOf([]Method{method}, accountID)
	if err := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("begin budgets: %w", err)
	}
	return reset(stopped(tx.WithContext(ctx)).Where("account_id = ? AND method = ?", accountID, method))
}

// stopped finds the budgets that have no tries left.
func stopped(tx *gorm.DB) *gorm.DB {
	return tx.Model(&row{}).Where("lane = ? AND failures >= ? OR lane = ? AND failures >= ?", Known, Known.Stop(), Unknown, Unknown.Stop())
}

// insertBatch is how many rows one statement inserts.
const insertBatch = 200

// Read returns how a budget stands, without a lock.
func Read(ctx context.Context, tx *gorm.DB, b Budget) (State, error) {
	return read(of(tx.WithContext(ctx), b), b)
}

// Lock returns how a budget stands and locks its row until the transaction ends.
// The caller then calls at most one of Fail, Pass and Reset: a try that has to wait
// changes nothing.
func Lock(ctx context.Context, tx *gorm.DB, b Budget) (State, error) {
	return read(of(tx.WithContext(ctx), b).Clauses(clause.Locking{Strength: "UPDATE"}), b)
}

// ErrMissing says that an account has no such budget.
var ErrMissing = errors.New("throttle: no such budget")

func read(q *gorm.DB, b Budget) (State, error) {
	var found row
	err := q.Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return State{}, ErrMissing
	}
	if err != nil {
		return State{}, fmt.Errorf("read budget: %w", err)
	}
	return State{Budget: b, failures: found.Failures, waitUntil: found.WaitUntil, serial: found.Serial}, nil
}

func of(tx *gorm.DB, b Budget) *gorm.DB {
	return tx.Model(&row{}).Where("account_id = ? AND method = ? AND lane = ?", b.AccountID, b.Method, b.Lane)
}

// Fail counts a failure against a locked budget and returns how it stands then.
func Fail(ctx context.Context, tx *gorm.DB, s State, now time.Time) (State, error) {
	s.failures++
	s.waitUntil = now.Add(waitAfter(s.failures)).UnixMilli()
	return s, writeBudget(ctx, tx, s)
}

// Pass leaves a locked budget as it is, after a right factor that ends no
// counting, such as one of a step-up.
func Pass(ctx context.Context, tx *gorm.DB, s State) error { return writeBudget(ctx, tx, s) }

// Reset sets a locked budget back, after a sign-in that its lane has completed.
func Reset(ctx context.Context, tx *gorm.DB, s State) error {
	s.failures, s.waitUntil = 0, 0
	return writeBudget(ctx, tx, s)
}

// errRaced says that a row has changed under its lock, which cannot happen while
// all callers lock first.
var errRaced = errors.New("throttle: a budget has changed under its lock")

func writeBudget(ctx context.Context, tx *gorm.DB, s State) error {
	done := of(tx.WithContext(ctx), s.Budget).Where("serial = ?", s.serial).
		UpdateColumns(map[string]any{"failures": s.failures, "wait_until": s.waitUntil, "serial": s.serial + 1})
	if done.Error != nil {
		return fmt.Errorf("write budget: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return errRaced
	}
	return nil
}

// ResetMethod sets both lanes of a method back, when a new key or set is bound.
func ResetMethod(ctx context.Context, tx *gorm.DB, accountID int64, method Method) error {
	return reset(tx.WithContext(ctx).Where("account_id = ? AND method = ?", accountID, method))
}

// ResetAll sets all budgets of an account back, when its factors are removed or
// its password was changed in a session that had given the second factor.
func ResetAll(ctx context.Context, tx *gorm.DB, accountID int64) error {
	return reset(tx.WithContext(ctx).Where("account_id = ?", accountID))
}

func reset(q *gorm.DB) error {
	err := q.Model(&row{}).UpdateColumns(map[string]any{"failures": 0, "wait_until": 0, "serial": gorm.Expr("serial + 1")}).Error
	if err != nil {
		return fmt.Errorf("reset budgets: %w", err)
	}
	return nil
}

// Dead says whether both lanes of a method are stopped, so that the key or set
// behind it must be bound anew.
func Dead(ctx context.Context, tx *gorm.DB, accountID int64, method Method) (bool, error) {
	var rows []row
	err := tx.WithContext(ctx).Where("account_id = ? AND method = ?", accountID, method).Find(&rows).Error
	if err != nil {
		return false, fmt.Errorf("read budgets: %w", err)
	}
	for _, r := range rows {
		if r.Failures < r.Lane.Stop() {
			return false, nil
		}
	}
	return len(rows) > 0, nil
}

// Stopped returns the budgets of these accounts that have no tries left, by account.
func Stopped(ctx context.Context, tx *gorm.DB, accountIDs []int64) ([]Budget, error) {
	var found []Budget
	err := stopped(tx.WithContext(ctx)).Select("account_id", "method", "lane").Where("account_id IN ?", accountIDs).
		Order("account_id, method, lane").Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("list stopped budgets: %w", err)
	}
	return found, nil
}
