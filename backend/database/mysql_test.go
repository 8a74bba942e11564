package database

import (
	"crypto/tls"
	"strings"
	"testing"
)

// Nothing is sent to a server on another machine without TLS and a checked
// certificate (docs/evidence.md, G20). The driver's default is plain.
func TestRemoteServerNeedsCheckedTLS(t *testing.T) {
	const secret = "hunter2-in-the-DSN"
	for address, remote := range map[string]bool{
		"tcp(db:3306)": true, "tcp(db)": true, "tcp(192.0.2.1:3306)": true, "tcp([2001:db8::1]:3306)": true, "tcp(localhost.example:3306)": true,
		"tcp(localhost:3306)": false, "tcp(LOCALHOST:3306)": false, "tcp(127.0.0.1:3306)": false, "tcp(127.8.9.1:3306)": false, "tcp([::1]:3306)": false,
		"tcp": false, "unix(/run/mysqld.sock)": false,
	} {
		for query, checked := range map[string]bool{
			"": false, "?tls=false": false, "?tls=preferred": false, "?tls=skip-verify": false, "?tls=true": true, "?tls=true&timeout=1s": true,
			"?tls=true&allowFallbackToPlaintext=true": false,
		} {
			dsn := "user:" + secret + "@" + address + "/name" + query
			cfg, err := mysqlConfig(dsn)
			if err != nil {
				t.Fatalf("%s%s: %v", address, query, err)
			}
			err = requireTLS(cfg)
			if want := !remote || checked; (err == nil) != want {
				t.Errorf("%s%s: %v", address, query, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "?tls=true") || strings.Contains(err.Error(), secret)) {
				t.Errorf("%s%s: the sentence is %q", address, query, err)
			}
			if cfg.TLS != nil && cfg.TLS.MinVersion != tls.VersionTLS12 {
				t.Errorf("%s%s: TLS from version %x", address, query, cfg.TLS.MinVersion)
			}
			if checked && (cfg.TLS == nil || cfg.TLS.InsecureSkipVerify) {
				t.Errorf("%s%s: the certificate is not checked", address, query)
			}
		}
	}
	// The refusal comes before anything is sent, and is one sentence.
	_, err := Open(t.Context(), Options{DSN: "user:" + secret + "@tcp(192.0.2.1:3306)/name"})
	if err == nil || !strings.Contains(err.Error(), "is on another machine") || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
}
