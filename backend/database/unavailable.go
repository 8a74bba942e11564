package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
)

// ErrUnknownOutcome is what a transaction returns when its commit failed without
// an answer: it may have been carried out or not.
var ErrUnknownOutcome = errors.New("database: nobody knows whether the change was made")

// mysqlUnavailable are the errors with which MySQL and MariaDB say that they
// serve nobody, or not this user, for now. Everything was rolled back.
var mysqlUnavailable = []uint16{
	1040,       // too many connections
	1041, 1037, // out of memory
	1053, 1077, 1079, // shutting down
	1021, 1114, // disk full, table full
	1129,                   // host blocked after too many errors
	1044, 1045, 1049, 1698, // the password, the rights or the database changed
	1047,             // a cluster's node without its cluster
	1203, 1226, 1461, // too many connections or statements of this user
	1205, 1213, 1020, // a conflict, also after the last try
	1290, 1792, 1836, // read-only: a server that took over, or is about to hand over
	1317, 1927, 1969, 3024, // the statement or its connection was ended
}

// sqliteUnavailable are SQLite's primary codes for a file that cannot be used for
// now.
var sqliteUnavailable = []int{sqliteBusy, sqliteLocked, sqliteNoMemory, sqliteReadOnly, sqliteInputOutput, sqliteFull, sqliteCannotOpen, sqliteProtocol}

// IsUnavailable reports whether err means that the database cannot be used for
// now and that nothing was changed: the same request may be sent again.
func IsUnavailable(err error) bool {
	if err == nil || errors.Is(err, ErrUnknownOutcome) {
		return false
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return slices.Contains(mysqlUnavailable, my.Number)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return slices.Contains(sqliteUnavailable, lite.Code()&0xff)
	}
	var network net.Error
	return errors.Is(err, ErrConflict) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone)
}

// answered reports whether the error of a commit is the database's own word, or
// that of database/sql, which had rolled back before.
func answered(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	return errors.As(err, &my) || errors.As(err, &lite) || errors.Is(err, sql.ErrTxDone)
}
