package testdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"imagemaster/backend/database"
)

const (
	startTime = 60 * time.Second
	appUser   = "imagemaster"
	// Password of the product's user. It must never appear in an error.
	Password = "correct-horse-DSN-password"
)

// private is the server of this test process.
var private server

// Server is a MariaDB of one test's own, which the test may stop, or start with
// other settings.
type Server struct {
	server
	t testing.TB
}

// NewServer starts a server with further settings, such as --autocommit=0. It
// ends with the test.
func NewServer(t testing.TB, settings ...string) *Server {
	t.Helper()
	s := &Server{t: t, server: server{settings: settings, durable: true}}
	s.need(t)
	t.Cleanup(s.server.stop)
	return s
}

// Options names a fresh empty database on the server.
func (s *Server) Options() database.Options {
	s.t.Helper()
	return database.Options{DSN: s.newDatabase(s.t)}
}

// Exec runs statements as the server's administrator, each on its own.
func (s *Server) Exec(statements ...string) {
	s.t.Helper()
	for _, statement := range statements {
		if _, err := s.admin.ExecContext(context.Background(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Socket is where the server listens.
func (s *Server) Socket() string { return s.socket() }

// Stop kills the server. Its data stays.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.halt(); err != nil {
		s.t.Fatal(err)
	}
}

// Start starts a stopped server again and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	if err := errors.Join(s.runGuarded(), s.untilItAnswers()); err != nil {
		s.t.Fatal(err)
	}
}

type server struct {
	once     sync.Once
	durable  bool
	err      error // of the start; exec.ErrNotFound where MariaDB is not installed
	settings []string
	daemon   string
	folder   string
	admin    *sql.DB
	guard    *exec.Cmd
	alive    io.WriteCloser // the guard ends the server when this closes
}

// Durable makes the private server flush every commit to the disk, as a server
// in use does. It must be called before anything has started the server.
func Durable(t testing.TB) {
	t.Helper()
	if private.guard != nil && !private.durable {
		t.Fatal("the MariaDB of this process runs already, without durability")
	}
	private.durable = true
}

// need starts the server. If it cannot, it skips or fails the test.
func (s *server) need(t testing.TB) {
	t.Helper()
	s.once.Do(s.start)
	if errors.Is(s.err, exec.ErrNotFound) && os.Getenv(RequireMariaDB) != "1" {
		t.Skipf("no test on MariaDB: %v", s.err)
	}
	if s.err != nil {
		t.Fatalf("start MariaDB: %v", s.err)
	}
}

func (s *server) start() {
	install, err1 := find("mariadb-install-db")
	var err2 error
	s.daemon, err2 = find("mariadbd")
	if s.err = errors.Join(err1, err2); s.err != nil {
		return
	}
	if s.err = s.launch(install); s.err != nil {
		s.stop()
	}
}

// find searches the PATH and the folders where distributions put servers.
func find(name string) (string, error) {
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name, "/usr/libexec/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

func (s *server) launch(install string) error {
	var err error
	if s.folder, err = os.MkdirTemp("", "imdb"); err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	data, scratch := s.data(), s.scratch()
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return err
	}
	// The server needs its own folder for temporary tables. Their names hold only
	// a process id, and in a shared folder a starting server removes those of the
	// others.
	out, err := exec.Command(install, "--no-defaults", "--user="+me.Username, "--datadir="+data, "--tmpdir="+scratch,
		"--auth-root-authentication-method=normal", "--skip-test-db").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", install, err, out)
	}
	if err := s.runGuarded(); err != nil {
		return err
	}
	return s.connect()
}

// runGuarded starts the server below a shell which waits until this process
// closes a pipe, or dies and thereby closes it, then kills the server. The shell
// removes the folder unless a line has said that it is still needed. An interrupt
// at the terminal must not end the shell first, so it ignores signals.
func (s *server) runGuarded() error {
	const script = `trap "" INT QUIT HUP; folder=$1; shift; "$@" & server=$!; read -r keep; kill -9 $server; wait $server; [ "$keep" ] || rm -rf "$folder"`
	me, err := user.Current()
	if err != nil {
		return err
	}
	args := []string{"-c", script, "sh", s.folder, s.daemon, "--no-defaults", "--user=" + me.Username, "--datadir=" + s.data(), "--tmpdir=" + s.scratch(),
		"--socket=" + s.socket(), "--pid-file=" + filepath.Join(s.folder, "pid"), "--skip-networking", "--skip-log-bin", "--skip-name-resolve",
		"--innodb-file-per-table=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--max-connections=500"}
	if s.durable {
		args = append(args, "--innodb-flush-log-at-trx-commit=1")
	} else {
		args = append(args, "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
	}
	s.guard = exec.Command("/bin/sh", append(args, s.settings...)...)
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.guard.Stdout, s.guard.Stderr = log, log
	if s.alive, err = s.guard.StdinPipe(); err != nil {
		return err
	}
	return s.guard.Start()
}

// halt kills the server and keeps its folder.
func (s *server) halt() error {
	_, err := io.WriteString(s.alive, "keep\n")
	return errors.Join(err, s.alive.Close(), s.guard.Wait())
}

func (s *server) connect() error {
	cfg := s.config("mysql")
	cfg.User, cfg.Passwd = "root", ""
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	s.admin = sql.OpenDB(connector)
	if err := s.untilItAnswers(); err != nil {
		return err
	}
	for _, statement := range []string{
		"CREATE USER " + appUser + "@localhost IDENTIFIED BY '" + Password + "'",
		"GRANT ALL ON `t\\_%`.* TO " + appUser + "@localhost",
	} {
		if _, err := s.admin.ExecContext(context.Background(), statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) untilItAnswers() error {
	for deadline := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		err := s.admin.PingContext(context.Background())
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("no answer within %v: %w\n%s", startTime, err, bytes.TrimSpace(log))
		}
	}
}

func (s *server) data() string    { return filepath.Join(s.folder, "data") }
func (s *server) scratch() string { return filepath.Join(s.folder, "tmp") }
func (s *server) socket() string  { return filepath.Join(s.folder, "sock") }

func (s *server) config(name string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = appUser, Password
	cfg.Net, cfg.Addr = "unix", s.socket()
	cfg.DBName = name
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

func (s *server) dsn(name string) string { return s.config(name).FormatDSN() }

// stop ends the server and waits until its folder is gone.
func (s *server) stop() {
	var errs []error
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
	}
	if s.alive != nil {
		errs = append(errs, s.alive.Close())
	}
	if s.guard != nil && s.guard.Process != nil {
		_ = s.guard.Wait()
	}
	if s.folder != "" {
		errs = append(errs, os.RemoveAll(s.folder))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "stop MariaDB:", err)
	}
}
