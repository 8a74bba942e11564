// Package server puts the parts together: it starts the server and its background
// work, and stops both in order.
package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/api"
	"imagemaster/backend/audit"
	"imagemaster/backend/cli"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/listener"
	"imagemaster/backend/people"
	"imagemaster/backend/session"
	"imagemaster/backend/sheet"
	"imagemaster/backend/spa"
	"imagemaster/backend/system"
	"imagemaster/backend/systemd"
)

// The most that recording a start, and a stop, may take.
const (
	startTime = 10 * time.Second
	stopTime  = time.Second
)

// garbagePercent is how much garbage may lie beside what is in use before it is
// collected. Each password leaves 19 MiB; with Go's own 100 percent 64 people who
// sign in at once cost 170 MiB on two cores instead of 130.
const garbagePercent = 50

// Files are the files that the program brings along.
type Files struct {
	Web      fs.FS // the built web interface
	Examples fs.FS // the settings of proxies for applications, see package proxyconf
}

// Main carries out one command line until it is done or ctx ends, and returns the
// exit code.
func Main(ctx context.Context, p cli.Process, files Files) (code int) {
	var log config.Log
	p.Serve = func(ctx context.Context, c config.Serve) error {
		log = c.Log
		return serve(ctx, p, files, c)
	}
	err := cli.Run(ctx, p)
	switch {
	case err == nil:
	case log.JSON:
		newLog(p.Stderr, log).Error("the server failed", "error", err.Error())
	default:
		fmt.Fprintln(p.Stderr, "imagemaster:", err)
	}
	return cli.ExitCode(err)
}

// serve runs the server until ctx ends.
func serve(ctx context.Context, p cli.Process, files Files, c config.Serve) error {
	// Before it could bring the schema up to date below a running server.
	lock, err := lockFolder(c, database.LockServerAgain)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	opened, err := system.Open(ctx, c.Store, system.Settings{
		BrandName: c.BrandName, PublicURL: c.PublicURL, SessionLimits: session.Limits{Idle: c.SessionIdle, Lifetime: c.SessionLifetime},
		RequireTwoFactor: c.RequireTwoFactor, Mail: c.SMTP.Host != "", Version: p.Version, Now: p.Now,
	})
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if lock == nil {
		// Not before: a file to lock without a database means that the database is gone.
		if lock, err = lockFolder(c, database.LockServer); err != nil {
			return errors.Join(err, opened.Close())
		}
	}
	lost, err := opened.Auth.CheckKeyHost(ctx, c.AcceptPasskeyLoss)
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	s := &server{lostKeys: lost, system: opened, files: files, config: c, process: p, log: newLog(p.Stderr, c.Log), instance: database.NewInstance(opened.Host)}
	return errors.Join(s.run(ctx), opened.Close())
}

// lockFolder keeps a second server away from the folder of an embedded database.
func lockFolder(c config.Serve, lock func(dir string, rule access.Rule) (*database.Lock, error)) (*database.Lock, error) {
	if c.DSN != "" {
		return nil, nil
	}
	return lock(c.DataDir, c.Rule)
}

type server struct {
	system   *system.System
	config   config.Serve
	process  cli.Process
	files    Files
	log      *slog.Logger
	instance database.Instance
	health   *health.Monitor
	stopping atomic.Bool
	lostKeys int64 // accounts whose keys were given up at this start
}

func (s *server) run(ctx context.Context) error {
	// A reader of the output may close it: that ends no server.
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
	stopGate, gateEnded, err := s.serveGate(ctx)
	if err != nil {
		stopWork()
		background.Wait()
		stopMetrics()
		return errors.Join(err, clients.Close())
	}
	served := make(chan error, 1)
	go func() {
		served <- web.Listener(clients)
		close(served)
	}()
	if err = s.record(ctx, startTime, audit.ServerStarted, s.settings()); err == nil {
		err = s.greet(ctx, s.health.Check(work))
		background.Go(func() { s.health.Run(work) })
	}
	if err == nil {
		s.tellManager(systemd.Ready)
		select {
		case ended := <-served:
			err = fmt.Errorf("the server ended: %w", ended)
		case ended := <-gateEnded:
			err = fmt.Errorf("the gate ended: %w", ended)
		case <-ctx.Done():
		}
	}
	var stopped sync.WaitGroup
	stopped.Go(stopGate)
	err = errors.Join(err, s.stop(web, clients))
	stopped.Wait()
	stopWork()
	background.Wait()
	s.leave()
	// Fiber leaves the listener open when it is stopped before it has begun to
	// accept connections.
	_ = clients.Close()
	<-served
	return err
}

// record records a start or a stop as an audit event.
func (s *server) record(ctx context.Context, most time.Duration, kind audit.Kind, facts map[string]any) error {
	ctx, cancel := context.WithTimeout(audit.WithLog(database.WithReserve(ctx), s.log), most)
	defer cancel()
	return s.system.Auth.RecordServer(ctx, kind, facts)
}

// leave records the stop, and deletes this instance from those that are alive.
// Without the database the server stops all the same.
func (s *server) leave() {
	err := s.record(context.Background(), stopTime, audit.ServerStopped, nil)
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
	facts := map[string]any{
		"public_url": c.PublicURL, "listen": c.Listen, "trusted_proxies": c.TrustedProxies, "require_two_factor": c.RequireTwoFactor,
		"gate_listen": c.GateListen, "session_idle": c.SessionIdle.String(), "session_lifetime": c.SessionLifetime.String(),
		"mail_server": c.SMTP.Host, "embedded_database": c.DSN == "", "ring_key_id": s.system.Keys.CurrentID(),
	}
	if s.lostKeys > 0 {
		facts["accepted_passkey_loss"] = s.lostKeys
	}
	return facts
}

// build puts the HTTP interface together.
func (s *server) build() (app, error) {
	brand := api.Brand{Name: s.config.BrandName, Logo: s.config.BrandLogo.Bytes, LogoType: s.config.BrandLogo.Type}
	site := spa.Site{Brand: brand.Name, Logo: brand.LogoPath(), Help: s.config.HelpContact}
	return api.New(api.Deps{
		Auth: s.system.Auth, People: people.New(s.system.Auth), Keys: s.system.Keys, Sheets: sheet.NewRenderer(runtime.GOMAXPROCS(0)), PublicURL: s.config.PublicURL,
		Brand: brand, HelpContact: s.config.HelpContact, AppURL: s.config.AppURL, GateListen: s.config.GateListen, RequireTwoFactor: s.config.RequireTwoFactor,
		TrustedProxies: s.config.TrustedProxies, Examples: s.files.Examples, Web: spa.Handler(s.files.Web, site), Ready: s.ready, Log: s.log, Now: s.process.Now,
	})
}
