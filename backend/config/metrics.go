package config

import (
	"errors"
	"net"
)

// metrics checks the address of the metrics. They tell how many people sign in and
// how often somebody fails, so not everybody may read them.
func (p *problems) metrics(f ServeFlags, read ReadFile) (listen, token string) {
	if f.MetricsListen == "" {
		if f.MetricsTokenFile != "" {
			p.add("metrics-token-file", errors.New("only together with --metrics-listen"))
		}
		return "", ""
	}
	listen = value(p, "metrics-listen", f.MetricsListen, checkListen)
	if f.MetricsTokenFile != "" {
		token = value(p, "metrics-token-file", f.MetricsTokenFile, func(path string) (string, error) {
			return read.Secret(path, "token")
		})
		return listen, token
	}
	if host, _, err := net.SplitHostPort(listen); err == nil && !IsLoopback(host) {
		p.add("metrics-listen", errors.New("must be an address of this machine such as 127.0.0.1:9090, or have a --metrics-token-file"))
	}
	return listen, ""
}
