package database

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// maxStatements bounds the statements that a connection keeps prepared. Further ones
// are prepared each time.
const maxStatements = 256

// preparing opens connections that keep their statements prepared. SQLite runs in
// this process, so parsing a statement is a large part of its time, and neither
// database/sql nor GORM keeps statements prepared from one transaction to the next.
// Errors that the operator can mend become sentences here.
type preparing struct {
	driver.Connector
	path string // of the file
}

// Connect implements driver.Connector.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, explain(p.path, err)
	}
	return &connection{sqliteConn: conn.(sqliteConn), path: p.path, prepared: map[string]statement{}}, nil
}

// sqliteConn is what the SQLite driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	sqlite.HookRegisterer
}

// statement is what the SQLite driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type connection struct {
	sqliteConn
	path     string
	prepared map[string]statement // those that nothing is reading from
}

// take returns a prepared statement and removes it from the map; give puts it back.
func (c *connection) take(ctx context.Context, query string) (statement, error) {
	if s, ok := c.prepared[query]; ok {
		delete(c.prepared, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, explain(c.path, err)
	}
	return s.(statement), nil
}

func (c *connection) give(query string, s statement) error {
	if _, twice := c.prepared[query]; twice || len(c.prepared) >= maxStatements {
		return s.Close()
	}
	c.prepared[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext. A text without values may be a script
// of several statements, which is not kept.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		result, err := c.sqliteConn.ExecContext(ctx, query, args)
		return result, explain(c.path, err)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if giveErr := c.give(query, s); err == nil {
		err = giveErr
	}
	return result, explain(c.path, err)
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		found, err := c.sqliteConn.QueryContext(ctx, query, args)
		if err != nil {
			return nil, explain(c.path, err)
		}
		return &rows{Rows: found, path: c.path, done: func() error { return nil }}, nil
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = c.give(query, s)
		return nil, explain(c.path, err)
	}
	return &rows{Rows: found, path: c.path, done: func() error { return c.give(query, s) }}, nil
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	return c.sqliteConn.Close()
}

// BeginTx implements driver.ConnBeginTx.
func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.sqliteConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, explain(c.path, err)
	}
	return &transaction{tx, c.path}, nil
}

type transaction struct {
	driver.Tx
	path string
}

// Commit implements driver.Tx.
func (t *transaction) Commit() error { return explain(t.path, t.Tx.Commit()) }

// Rollback implements driver.Tx.
func (t *transaction) Rollback() error { return explain(t.path, t.Tx.Rollback()) }

// rows give their statement back when they are closed.
type rows struct {
	driver.Rows
	path string
	done func() error
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error { return explain(r.path, r.Rows.Next(dest)) }

// Close implements driver.Rows.
func (r *rows) Close() error {
	err := r.Rows.Close()
	if doneErr := r.done(); err == nil {
		err = doneErr
	}
	return err
}
