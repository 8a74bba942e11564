package testdb

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"

	"modernc.org/sqlite"

	"imagemaster/backend/database"
)

// Commits counts the transactions that are committed. On SQLite the engine itself
// counts those of one handle; on MariaDB the private server counts all, so nothing
// else may use it meanwhile.
type Commits struct {
	t      testing.TB
	pool   *sql.DB
	engine string
	hooked atomic.Int64
	refuse atomic.Bool
}

// WatchCommits begins to count the commits of a database.
func WatchCommits(t testing.TB, db *database.DB) *Commits {
	t.Helper()
	c := &Commits{t: t, engine: db.Engine()}
	err := db.InTx(context.Background(), func(tx *database.Tx) (err error) {
		c.pool, err = tx.DB()
		return err
	})
	if err == nil && c.engine == database.SQLite {
		err = c.hook()
	}
	if err != nil {
		t.Fatalf("watch commits: %v", err)
	}
	return c
}

// hook counts on the one connection that writes.
func (c *Commits) hook() error {
	conn, err := c.pool.Conn(context.Background())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(raw any) error {
		hooks, ok := raw.(sqlite.HookRegisterer)
		if !ok {
			return fmt.Errorf("%T takes no hooks", raw)
		}
		hooks.RegisterCommitHook(func() int32 {
			if c.refuse.Load() {
				return 1
			}
			c.hooked.Add(1)
			return 0
		})
		return nil
	})
}

// Of returns how many transactions a piece of work commits.
func (c *Commits) Of(work func()) int {
	c.t.Helper()
	before := c.count()
	work()
	return c.count() - before
}

func (c *Commits) count() int {
	c.t.Helper()
	if c.engine == database.SQLite {
		return int(c.hooked.Load())
	}
	var name string
	var count int
	err := c.pool.QueryRowContext(context.Background(), "SHOW GLOBAL STATUS LIKE 'Com_commit'").Scan(&name, &count)
	if err != nil {
		c.t.Fatalf("count commits: %v", err)
	}
	return count
}

// Refuse lets every commit fail from now on, or no more. Only SQLite can.
func (c *Commits) Refuse(refuse bool) { c.refuse.Store(refuse) }
