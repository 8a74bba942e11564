package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

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
