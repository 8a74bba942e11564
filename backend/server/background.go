package server

import (
	"context"
	"errors"
	"os"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/systemd"
)

// housekeepingInterval is how often expired rows are removed.
const housekeepingInterval = 10 * time.Minute

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
		s.tellManager(systemd.Reloading)
		keys := s.system.Keys
		if err := s.system.Rotation.Reload(ctx, keys); err != nil {
			s.log.Error("the key file was not used, the keys stay as they were", "error", err.Error())
		} else {
			s.log.Info("the key file was read again", "keys", keys.IDs(), "seals", keys.CurrentID())
		}
		s.tellManager(systemd.Ready)
	}
}

// courier sends the queued mails. Any instance may have queued them.
func (s *server) courier() *notify.Courier {
	c := s.config
	return notify.NewCourier(notify.CourierDeps{
		DB: s.system.DB, Keys: s.system.Keys,
		Server: notify.Server{Host: c.SMTP.Host, Port: c.SMTP.Port, User: c.SMTP.User, Password: c.SMTP.Password, From: c.SMTP.From},
		Sender: notify.Sender{Brand: c.BrandName, PublicURL: c.PublicURL, HelpContact: c.HelpContact},
		Now:    s.process.Now, Log: s.log, Record: s.system.Auth.RecordDelivery, LinkWorks: s.system.Auth.LinkWorks,
	})
}
