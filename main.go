// Command imagemaster is a self-hosted sign-in with a second factor: the web
// interface, the API and the operator's commands in one binary.
//
// This package puts the parts together, starts the server and its background
// work, and stops both in order.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"imagemaster/backend/api"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/cli"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/listener"
	"imagemaster/backend/metrics"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/sheet"
	"imagemaster/backend/spa"
	"imagemaster/backend/systemd"
)

// housekeepingInterval is how often expired rows are removed.
const housekeepingInterval = 10 * time.Minute

// The most that recording a start, and a stop, may take.
const (
	startTime = 10 * time.Second
	stopTime  = time.Second
)

// drainTime is how long requests may take to finish after a signal to stop. The
// whole stop takes at most 5 seconds: after 10, docker kills.
const drainTime = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	err := run(ctx, cli.Process{Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now})
	tell(err)
	os.Exit(cli.ExitCode(err))
}

// logged is an error that stands in the log already.
type logged struct{ error }

func (l logged) Unwrap() error { return l.error }

// tell prints why the program failed.
func tell(err error) {
	if err != nil && !errors.As(err, new(logged)) {
		fmt.Fprintln(os.Stderr, "imagemaster:", err)
	}
}

// run carries out one command line until it is done or ctx ends.
func run(ctx context.Context, p cli.Process) error {
	p.Version, p.Build = version(), build()
	p.Serve = func(ctx context.Context, c config.Serve) error {
		err := serve(ctx, p, c)
		if err != nil && c.Log.JSON {
			newLog(p.Stderr, c.Log).Error("the server failed", "error", err.Error())
			return logged{err}
		}
		return err
	}
	return cli.Run(ctx, p)
}

// garbagePercent is how much garbage may lie beside what is in use before it is
// collected. Each password leaves 19 MiB; with Go's own 100 percent 64 people who
// sign in at once cost 170 MiB on two cores instead of 130.
const garbagePercent = 50

// serve runs the server until ctx ends.
func serve(ctx context.Context, p cli.Process, c config.Serve) error {
	system, err := cli.Open(ctx, c.Store, cli.Settings{
		BrandName: c.BrandName, RequireTwoFactor: c.RequireTwoFactor, Mail: c.SMTP.Host != "", Version: p.Version, Now: p.Now,
	})
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if c.DSN == "" {
		lock, err := database.LockServer(c.DataDir, c.Rule)
		if err != nil {
			return errors.Join(err, system.Close())
		}
		defer func() { _ = lock.Close() }()
	}
	s := &server{system: system, config: c, process: p, log: newLog(p.Stderr, c.Log), instance: database.NewInstance(system.Host)}
	return errors.Join(s.run(ctx), system.Close())
}

type server struct {
	system   *cli.System
	config   config.Serve
	process  cli.Process
	log      *slog.Logger
	instance database.Instance
	health   *health.Monitor
	stopping atomic.Bool
}

func (s *server) run(ctx context.Context) error {
	// Whoever reads the output may close it: that ends no server.
	signal.Ignore(syscall.SIGPIPE)
	web, err := s.build()
	if err != nil {
		return err
	}
	socket, err := listen(ctx, s.config.Listen)
	if err != nil {
		return err
	}
	clients := listener.New(socket, listener.Most(listener.MostFiles()), s.log)
	began := time.Now()
	age := func() time.Duration { return time.Since(began) }
	retention, err := s.system.Auth.NewRetention(ctx, age)
	if err != nil {
		return errors.Join(err, clients.Close())
	}
	s.health = s.newMonitor(age)
	work, stopWork := context.WithCancel(audit.WithLog(ctx, s.log))
	defer stopWork()
	var background sync.WaitGroup
	background.Go(func() { s.health.Run(work) })
	background.Go(func() { s.housekeep(work, retention) })
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	background.Go(func() { s.reloadKeys(work, hangups) })
	if s.config.SMTP.Host != "" {
		background.Go(func() { s.courier().Run(work) })
	}
	stopMetrics, err := s.serveMetrics(ctx, clients)
	if err != nil {
		stopWork()
		background.Wait()
		return errors.Join(err, clients.Close())
	}
	defer stopMetrics()
	served := make(chan error, 1)
	go func() { served <- web.Listener(clients) }()
	if err = s.record(startTime, audit.ServerStarted, s.settings()); err == nil {
		_ = s.health.Check(work) // which logs what is wrong
		err = s.greet(ctx)
	}
	if err == nil {
		s.notify(systemd.Ready)
		select {
		case err := <-served:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
		}
	}
	err = errors.Join(err, s.stop(web, clients))
	stopWork()
	background.Wait()
	s.leave()
	// Fiber leaves the listener open when it is stopped before it has begun to
	// accept connections.
	_ = clients.Close()
	<-served
	return err
}

// metricsConnections is how many readers of the metrics may be connected. What they
// take of the files of the process must not be missing elsewhere.
const metricsConnections = 16

// serveMetrics answers readers of the metrics, if there is an address for them,
// and returns what ends it.
func (s *server) serveMetrics(ctx context.Context, clients *listener.Listener) (stop func(), err error) {
	if s.config.MetricsListen == "" {
		return func() {}, nil
	}
	socket, err := listen(ctx, s.config.MetricsListen)
	if err != nil {
		return nil, err
	}
	db := s.system.DB
	for name, value := range map[string]func() float64{
		"ready": func() float64 {
			if s.ready() != nil {
				return 0
			}
			return 1
		},
		"connections":               func() float64 { return float64(clients.Connections()) },
		"hash_queue":                func() float64 { return float64(s.system.Auth.Hasher.Waiting()) },
		"sessions":                  func() float64 { return s.count(ctx, session.Count) },
		"mails_queued":              func() float64 { return s.count(ctx, notify.CountQueued) },
		"database_connections":      func() float64 { open, _ := db.Connections(); return float64(open) },
		"database_connections_used": func() float64 { _, used := db.Connections(); return float64(used) },
	} {
		metrics.Gauge(name, value)
	}
	return metrics.Serve(listener.New(socket, metricsConnections, s.log), s.config.MetricsToken, s.log), nil
}

// count returns a number of rows, -1 while the database is away. Nobody waits long
// for a metric.
func (s *server) count(ctx context.Context, of func(context.Context, *database.Tx) (int64, error)) float64 {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	n, err := of(ctx, s.system.DB.Read(ctx))
	if err != nil {
		return -1
	}
	return float64(n)
}

// record records a start or a stop as an audit event, also when the context of
// run has ended.
func (s *server) record(most time.Duration, kind audit.Kind, facts map[string]any) error {
	ctx, cancel := context.WithTimeout(audit.WithLog(context.Background(), s.log), most)
	defer cancel()
	return s.system.Auth.RecordServer(ctx, kind, facts)
}

// leave records the stop, and deletes this instance from those that are alive.
// Without the database the server stops all the same.
func (s *server) leave() {
	err := s.record(stopTime, audit.ServerStopped, nil)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		err = s.system.DB.Leave(ctx, s.instance)
	}
	if err != nil {
		s.log.Warn("the stop could not be recorded", "error", err.Error())
	}
}

// settings are the options that the event of a start holds: those that safety
// depends on, and nothing secret. They change by a restart only.
func (s *server) settings() map[string]any {
	c := s.config
	return map[string]any{
		"public_url": c.PublicURL, "listen": c.Listen, "trusted_proxies": c.TrustedProxies, "require_two_factor": c.RequireTwoFactor,
		"mail_server": c.SMTP.Host, "embedded_database": c.DSN == "", "ring_key_id": s.system.Keys.CurrentID(),
	}
}

// housekeep removes what no longer counts, at the start and from time to time.
// A failure is logged and tried again; nothing waits for it.
func (s *server) housekeep(ctx context.Context, retention *auth.Retention) {
	tick := time.NewTicker(housekeepingInterval)
	defer tick.Stop()
	for {
		if err := errors.Join(s.system.Auth.Housekeep(ctx), retention.Run(ctx)); err != nil && ctx.Err() == nil {
			s.log.Warn("housekeeping failed", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// reloadKeys reads the key file again at each SIGHUP. Nothing else reloads it.
func (s *server) reloadKeys(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		s.notify(systemd.Reloading)
		keys := s.system.Keys
		if err := s.system.Rotation.Reload(ctx, keys); err != nil {
			s.log.Error("the key file was not used, the keys stay as they were", "error", err.Error())
		} else {
			s.log.Info("the key file was read again", "keys", keys.IDs(), "seals", keys.CurrentID())
		}
		s.notify(systemd.Ready)
	}
}

// courier sends the queued mails. Any instance may have queued them.
func (s *server) courier() *notify.Courier {
	c := s.config
	return notify.NewCourier(notify.CourierDeps{
		DB: s.system.DB, Keys: s.system.Keys,
		Server: notify.Server{Host: c.SMTP.Host, Port: c.SMTP.Port, User: c.SMTP.User, Password: c.SMTP.Password, From: c.SMTP.From},
		Sender: notify.Sender{Brand: c.BrandName, PublicURL: c.PublicURL, HelpContact: c.HelpContact},
		Now:    s.process.Now, Log: s.log, Record: s.system.Auth.RecordDelivery,
	})
}

func (s *server) build() (app, error) {
	web, err := fs.Sub(frontend, "frontend/dist")
	if err != nil {
		return nil, err
	}
	return api.New(api.Deps{
		Auth: s.system.Auth, Keys: s.system.Keys, Sheets: sheet.NewRenderer(runtime.GOMAXPROCS(0)), PublicURL: s.config.PublicURL,
		Brand:       api.Brand{Name: s.config.BrandName, Logo: s.config.BrandLogo.Bytes, LogoType: s.config.BrandLogo.Type},
		HelpContact: s.config.HelpContact, AppURL: s.config.AppURL, RequireTwoFactor: s.config.RequireTwoFactor,
		TrustedProxies: s.config.TrustedProxies, Web: spa.Handler(web), Ready: s.ready, Log: s.log, Now: s.process.Now,
	})
}

var errStopping error = &health.Failure{Check: "stopping", Err: errors.New("the server is stopping")}

// ready reports why requests should not be sent here: the server is stopping, or
// the last check of its health failed (docs/evidence.md, K6).
func (s *server) ready() error {
	if s.stopping.Load() {
		return errStopping
	}
	return s.health.Ready()
}

// newMonitor returns the checks of this instance. Space comes first: on a full disk
// the heartbeat would write what the reserve was kept for.
func (s *server) newMonitor(age func() time.Duration) *health.Monitor {
	db := s.system.DB
	return health.New(s.log, age, health.Space(db), health.Heartbeat(db, s.instance, s.process.Now), health.Schema(db),
		health.Keys(db, s.system.Keys, s.config.KeyFile))
}

// listen takes the port. The most common errors get a sentence that says what
// to do.
func listen(ctx context.Context, address string) (net.Listener, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another address with --listen and --public-url", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s: ports below 1024 are reserved, choose another with --listen", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is not an address of this machine: choose another with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return socket, nil
}

// greet prints the address and, until the first administrator exists, the
// one-time link that creates one. The token stands after the #, which browsers
// do not send, so that no proxy can log it.
func (s *server) greet(ctx context.Context) error {
	token, err := s.system.Auth.NewSetupToken(ctx)
	if err != nil {
		return err
	}
	url := s.config.PublicURL
	if len(s.process.Args) == 0 && !s.config.Log.JSON { // somebody who may expect something else
		s.say("Running the server. Ctrl-C ends it. imagemaster --help lists the other commands.", "", "")
	}
	if token != "" {
		link := url + "/setup#" + token
		s.say("To create the first administrator open, within 24 hours:\n  "+link, "create the first administrator within 24 hours", "link", link)
	}
	s.say(s.config.BrandName+" is ready at "+url, "ready", "url", url)
	if typed, listening, differ := s.config.OtherPort(); differ {
		s.say(fmt.Sprintf("Nobody reaches it there: people open port %s, the server listens on %s. Make --public-url and --listen agree.", typed, listening),
			"nobody reaches the public URL: make --public-url and --listen agree", "public_port", typed, "listens_on", listening)
	}
	return nil
}

// say prints a text for people, or a line of JSON where the log is JSON. An output
// that takes nothing, such as a full disk, does not stop the server.
func (s *server) say(text, message, key string, values ...any) {
	if s.config.Log.JSON {
		newLog(s.process.Stdout, config.Log{JSON: true}).Info(message, append([]any{key}, values...)...)
		return
	}
	if _, err := fmt.Fprintln(s.process.Stdout, text); err != nil {
		s.log.Warn("standard output cannot be written", "error", err.Error())
	}
}

// app is the part of the HTTP interface that this package calls: starting and
// stopping it. Its type belongs to Fiber, which only package api may import.
type app interface {
	Listener(listener net.Listener) error
	ShutdownWithContext(ctx context.Context) error
}

// notify tells the service manager a state.
func (s *server) notify(state string) {
	if err := systemd.Notify(state); err != nil {
		s.log.Warn("the service manager was not told", "error", err.Error())
	}
}

// stop turns readiness off, closes idle connections, lets requests finish for
// drainTime and cuts off the rest (docs/evidence.md, K7).
func (s *server) stop(web app, clients *listener.Listener) error {
	s.stopping.Store(true)
	s.notify(systemd.Stopping)
	s.log.Info("stopping")
	clients.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := web.ShutdownWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests under way were cut off", "after", drainTime.String())
		clients.Cut()
		return nil
	}
	return err
}

// newLog writes lines of text, or of JSON.
func newLog(w io.Writer, c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.JSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
