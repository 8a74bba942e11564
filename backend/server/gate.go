package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"imagemaster/backend/config"
	"imagemaster/backend/gate"
	"imagemaster/backend/listener"
)

// serveGate answers reverse proxies about applications, if there is an address for them,
// and returns what ends it, and what tells that it has ended by itself. Proxies keep
// connections open between their questions.
func (s *server) serveGate(ctx context.Context) (stop func(), ended <-chan error, err error) {
	if s.config.GateListen == "" {
		return func() {}, nil, nil
	}
	web, err := gate.New(gate.Deps{Auth: s.system.Auth, PublicURL: s.config.PublicURL, Brand: s.config.BrandName, Log: s.log, Now: s.process.Now})
	if err != nil {
		return nil, nil, err
	}
	socket, err := listenForProxies(ctx, s.config.GateListen)
	if err != nil {
		return nil, nil, err
	}
	proxies := listener.New(socket, gateConnections, s.log)
	served := make(chan error, 1)
	go func() {
		served <- web.Listener(proxies)
		close(served)
	}()
	return func() {
		if err := s.drain(web, proxies); err != nil {
			s.log.Warn("the gate did not end well", "error", err.Error())
		}
		_ = proxies.Close()
		<-served
	}, served, nil
}

// gateConnections is how many connections of proxies there may be. Each can hold 64 KiB
// of memory for its headers.
const gateConnections = 1024

// listenForProxies takes a port of this machine, or a unix socket. Every user of this
// machine may connect to the socket, as to a port: its folder decides who reaches it. A
// socket that a server before has left behind is replaced.
func listenForProxies(ctx context.Context, address string) (net.Listener, error) {
	path, isSocket := strings.CutPrefix(address, config.UnixPrefix)
	if !isSocket {
		return listen(ctx, address)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if c, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
			_ = c.Close()
			return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another path with --gate-listen", path)
		}
		_ = os.Remove(path)
	}
	socket, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is a file already, and no socket: choose another path with --gate-listen", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the folder of %s is missing: make it, or choose another path with --gate-listen", path)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not make %s: choose another path with --gate-listen", path)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return socket, nil
}
