package database

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
)

const (
	mysqlConnections = 16
	mysqlConnectTime = 10 * time.Second // until the first answer
	// mysqlConnectionLife stays below the idle limits of servers and proxies.
	mysqlConnectionLife = 3 * time.Minute
)

func openMySQL(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := mysqlConfig(dsn)
	if err != nil {
		return nil, err
	}
	if err := requireTLS(cfg); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, errBadDSN
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(mysqlConnections)
	pool.SetMaxIdleConns(mysqlConnections)
	pool.SetConnMaxLifetime(mysqlConnectionLife)
	ctx, cancel := context.WithTimeout(ctx, mysqlConnectTime)
	defer cancel()
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(mysqlUnreachable(cfg, err), pool.Close())
	}
	if err := checkServer(ctx, pool, cfg.Addr); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db, err := newGORM(gormmysql.New(gormmysql.Config{Conn: pool, DisableWithReturning: true}))
	if err != nil {
		return nil, errors.Join(mysqlUnreachable(cfg, err), pool.Close())
	}
	return &DB{
		engine: MySQL, write: db, read: db, pools: []*sql.DB{pool},
		txOpts: &sql.TxOptions{Isolation: sql.LevelReadCommitted},
	}, nil
}

// errBadDSN quotes neither the DSN nor the parser's error: with one character
// out of place, any part of it may be the password.
var errBadDSN = errors.New("the database DSN cannot be read: write it as USER:PASSWORD@tcp(HOST:3306)/NAME or USER:PASSWORD@unix(/PATH/TO/SOCKET)/NAME, with ?tls=true for an encrypted connection")

// requireTLS refuses a server on another machine unless the connection is
// encrypted and the certificate checked. Otherwise anybody on the network could
// read password hashes and sessions, or answer in place of the server. The
// driver's default is a plain connection.
func requireTLS(cfg *mysql.Config) error {
	if cfg.TLS != nil {
		cfg.TLS.MinVersion = tls.VersionTLS12
	}
	checked := cfg.TLS != nil && !cfg.TLS.InsecureSkipVerify && !cfg.AllowFallbackToPlaintext
	if checked || cfg.Net == "unix" || onThisMachine(cfg.Addr) {
		return nil
	}
	return fmt.Errorf("the database server at %s is on another machine: add ?tls=true to the DSN, so that the connection is encrypted and the server's certificate checked", cfg.Addr)
}

func onThisMachine(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// mysqlConfig reads the DSN and sets the options that the product's safety
// depends on. The DSN cannot change them. It sets no other variable of the session.
func mysqlConfig(dsn string) (*mysql.Config, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil || cfg.DBName == "" || (cfg.Net != "tcp" && cfg.Net != "unix") {
		return nil, errBadDSN
	}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin")); err != nil {
		return nil, errBadDSN
	}
	cfg.ClientFoundRows = true
	cfg.InterpolateParams = true
	cfg.ParseTime = false
	cfg.MultiStatements = false
	cfg.AllowAllFiles = false
	cfg.Logger = &mysql.NopLogger{}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	cfg.Params = maps.Clone(mysqlSession)
	return cfg, nil
}

// Errors of the server while connecting.
const (
	mysqlAccessDenied         = 1045
	mysqlAccessDeniedDatabase = 1044
	mysqlAccessDeniedNoPass   = 1698
	mysqlUnknownDatabase      = 1049
)

// mysqlUnreachable turns the error of the first connection into a sentence for
// the operator.
func mysqlUnreachable(cfg *mysql.Config, err error) error {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		switch server.Number {
		case mysqlAccessDenied, mysqlAccessDeniedNoPass:
			return fmt.Errorf("the database server at %s does not accept user %q with this password", cfg.Addr, cfg.User)
		case mysqlAccessDeniedDatabase:
			return fmt.Errorf("the database server at %s does not let user %q use the database %q", cfg.Addr, cfg.User, cfg.DBName)
		case mysqlUnknownDatabase:
			return fmt.Errorf("the database server at %s has no database %q: create it first", cfg.Addr, cfg.DBName)
		}
		return fmt.Errorf("the database server at %s refuses the connection: %w", cfg.Addr, err)
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return fmt.Errorf("cannot reach the database server at %s: %w", cfg.Addr, network.Err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the database server at %s does not answer", cfg.Addr)
	}
	return fmt.Errorf("cannot use the database server at %s: %w", cfg.Addr, err)
}
