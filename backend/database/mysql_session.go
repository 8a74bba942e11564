package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlSession holds the variables that every connection sets. They replace those of
// the server, its init_connect and the DSN. With another value a statement would be refused, cut, changed, or
// not committed when the transaction ends.
var mysqlSession = map[string]string{
	"completion_type":    "'NO_CHAIN'", // else a transaction begins with each commit, or the connection ends
	"sql_mode":           "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
	"sql_safe_updates":   "0", // else an UPDATE that uses no key is refused
	"sql_select_limit":   "18446744073709551615",
	"sql_big_selects":    "1",
	"foreign_key_checks": "1",
	"unique_checks":      "1",
	"time_zone":          "'+00:00'",
	// The tables name their engine, but the one of goose does not.
	"default_storage_engine":   "InnoDB",
	"innodb_lock_wait_timeout": "5",
	"lock_wait_timeout":        "60",
	"wait_timeout":             "600", // longer than mysqlConnectionLife
	// MariaDB and MySQL have different names for these. Each reads its own comment.
	"autocommit": "1" +
		" /*M!100100 , tx_read_only = 0, tx_isolation = 'READ-COMMITTED', max_statement_time = 0, check_constraint_checks = 1 */" +
		" /*!50720 , transaction_read_only = 0, transaction_isolation = 'READ-COMMITTED', max_execution_time = 0 */",
}

// The oldest versions that check constraints and have the rest of the SQL in use.
const (
	minMariaDB = 10_05_00
	minMySQL   = 8_00_16
)

// minPacket is how large a statement the server must take.
const minPacket = 4 << 20

var versionNumber = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)(.*)$`)

// checkServer refuses a server with which the product cannot work, for a reason that
// no session can change. MySQL and MariaDB lack some of each other's variables.
func checkServer(ctx context.Context, pool *sql.DB, addr string) error {
	found, err := pool.QueryContext(ctx, "SHOW VARIABLES WHERE Variable_name IN "+
		"('version', 'log_bin', 'binlog_format', 'max_allowed_packet', 'enforce_storage_engine')")
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	has := map[string]string{}
	for found.Next() {
		var name, value string
		if err := found.Scan(&name, &value); err != nil {
			return err
		}
		has[name] = value
	}
	if err := found.Err(); err != nil {
		return err
	}
	packet, err := strconv.Atoi(has["max_allowed_packet"])
	engine := has["enforce_storage_engine"]
	switch {
	case err != nil:
		return fmt.Errorf("read max_allowed_packet of the database server: %w", err)
	case tooOld(has["version"]):
		return fmt.Errorf("the database server at %s has version %s: use MariaDB 10.5 or MySQL 8.0.16, or a newer one", addr, has["version"])
	case has["log_bin"] == "ON" && has["binlog_format"] == "STATEMENT":
		return fmt.Errorf("the database server at %s has binlog_format=STATEMENT and would refuse every change: set it to ROW or MIXED", addr)
	case packet < minPacket:
		return fmt.Errorf("the database server at %s has max_allowed_packet=%d: set it to at least %dM", addr, packet, minPacket>>20)
	case engine != "" && engine != "InnoDB":
		return fmt.Errorf("the database server at %s has enforce_storage_engine=%s, but the tables need InnoDB: set it to InnoDB or to nothing", addr, engine)
	}
	return nil
}

func tooOld(version string) bool {
	parts := versionNumber.FindStringSubmatch(version)
	if parts == nil {
		return true
	}
	number := 0
	for _, part := range parts[1:4] {
		n, _ := strconv.Atoi(part)
		number = number*100 + n
	}
	if strings.Contains(parts[4], "MariaDB") {
		return number < minMariaDB
	}
	return number < minMySQL
}

// checkChange refuses a server that takes no changes from this user, such as one
// that only follows another.
func (d *DB) checkChange(ctx context.Context) error {
	return d.write.WithContext(ctx).Exec("UPDATE setup SET completed_at = completed_at WHERE id = 0").Error
}

// checkTables refuses tables of another engine than InnoDB: it would neither roll
// back nor lock. A server can be told to make all tables of one engine.
func (d *DB) checkTables(ctx context.Context) error {
	var wrong []string
	err := d.read.WithContext(ctx).Raw("SELECT CONCAT(table_name, ' (', engine, ')') FROM information_schema.tables " +
		"WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB' ORDER BY table_name").Scan(&wrong).Error
	if err != nil {
		return fmt.Errorf("look at the tables: %w", err)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("these tables are not of the engine InnoDB: %s; change each with ALTER TABLE … ENGINE = InnoDB", strings.Join(wrong, ", "))
	}
	return nil
}

// mysqlSentence says in a sentence why a server does not carry out a change, "" =
// for no reason that an operator could do something about.
func mysqlSentence(err error) string {
	var my *mysql.MySQLError
	if !errors.As(err, &my) {
		return ""
	}
	switch my.Number {
	case 1290: // it names the option
		return "the database server refuses changes: " + my.Message
	case 1792, 1836:
		return "the database server is read-only: name the one that takes changes"
	case 1142, 1143, 1044, 1370:
		return "the database server does not let this user change the tables: grant it ALL on this database"
	case 1021, 1114:
		return "the disk of the database server is full: make room on it"
	}
	return ""
}
