package database

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
)

// maxTries bounds how often a transaction is run.
const maxTries = 5

// Errors of MySQL and MariaDB after which a transaction is run again: the server
// rolled it back, or we must.
const (
	mysqlLockWaitTimeout = 1205
	mysqlDeadlock        = 1213
	mysqlRecordChanged   = 1020 // MariaDB with snapshot isolation
)

// sqliteBusy is the primary code when another connection holds the lock.
const sqliteBusy = 5

// ErrConflict is what a transaction returns that has lost against another one and
// is worth running again: InTx does so.
var ErrConflict = errors.New("database: another transaction was faster")

// isConflict reports whether err means that another transaction was faster.
func isConflict(err error) bool {
	if errors.Is(err, ErrConflict) {
		return true
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlDeadlock || my.Number == mysqlLockWaitTimeout || my.Number == mysqlRecordChanged
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}

// retry runs fn again while its error satisfies again, at most tries times in
// all. The pauses grow and are random, so that two transactions in conflict do
// not collide a second time.
func retry(ctx context.Context, tries int, again func(error) bool, fn func() error) error {
	for try := 1; ; try++ {
		err := fn()
		if err == nil || !again(err) {
			return err
		}
		if try == tries {
			return fmt.Errorf("gave up after %d tries: %w", tries, err)
		}
		// Between half and all of 10 ms, 20 ms, 40 ms and so on.
		longest := min(10*time.Millisecond<<(try-1), time.Second)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(longest/2 + rand.N(longest/2)):
		}
	}
}
