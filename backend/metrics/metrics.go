// Package metrics counts what the server does, in the format of Prometheus.
//
// The counters belong to the process. No label holds a name, an address or
// anything else that a request can choose: every value comes from a fixed list.
package metrics

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// buckets are the upper bounds, in seconds, of the buckets of a duration.
var buckets = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

func observe(name string, took time.Duration) {
	metrics.GetOrCreatePrometheusHistogramExt(name, buckets).Update(took.Seconds())
}

func countRequest(method, route string, status int) {
	metrics.GetOrCreateCounter(fmt.Sprintf(`imagemaster_requests_total{method=%q,route=%q,status="%d"}`, method, route, status)).Inc()
}

// Request counts an answer. route is the pattern of the route, not the path.
func Request(method, route string, status int, took time.Duration) {
	countRequest(method, route, status)
	observe(fmt.Sprintf(`imagemaster_request_duration_seconds{route=%q}`, route), took)
}

// Refused counts an answer to what was refused before it could have a route. Its
// method may be anything.
func Refused(status int) { countRequest("other", "none", status) }

// What the gate answered to the question of a proxy.
var (
	GateAllowed   = gateCounter("allowed")
	GateSignedOut = gateCounter("signed_out") // the browser is sent to the sign-in, or told so
	GateRefused   = gateCounter("refused")
	GateFailed    = gateCounter("failed") // the database is away
)

func gateCounter(answer string) *metrics.Counter {
	return metrics.GetOrCreateCounter(`imagemaster_gate_checks_total{answer="` + answer + `"}`)
}

// Event counts what audit records, such as a sign-in or a mail, once it is
// committed.
func Event(kind, outcome, factor, reason string) {
	metrics.GetOrCreateCounter(fmt.Sprintf(`imagemaster_events_total{event=%q,outcome=%q,factor=%q,reason=%q}`, kind, outcome, factor, reason)).Inc()
}

// HashWait counts how long a caller waited for a hash slot, and whether it got one.
func HashWait(waited time.Duration, got bool) {
	observe(`imagemaster_hash_wait_seconds{got="`+strconv.FormatBool(got)+`"}`, waited)
}

// Database counts one use of the database: "read" is a statement outside a
// transaction, "transaction" is one with all its tries.
func Database(use string, took time.Duration, ok bool) {
	observe(fmt.Sprintf(`imagemaster_database_duration_seconds{use=%q,ok="%t"}`, use, ok), took)
}

// Gauge measures a value at each scrape. The first value of a name stays.
func Gauge(name string, value func() float64) { metrics.GetOrCreateGauge("imagemaster_"+name, value) }

// Handler answers GET /metrics. With a token only to those who send it as a bearer
// token (RFC 6750 section 2.1).
func Handler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		// A web page may have its own name lead to this machine (DNS rebinding).
		if token == "" && !isLoopback(r.Host) {
			http.Error(w, "without a token only this machine is answered, by its own name", http.StatusMisdirectedRequest)
			return
		}
		if token != "" && !isToken(r.Header.Get("Authorization"), token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.Header().Set("Cache-Control", "no-store")
		metrics.WritePrometheus(w, true)
	})
	return mux
}

// isToken compares hashes, so that neither the time nor the length tells anything.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}

func isToken(header, token string) bool {
	scheme, sent, _ := strings.Cut(header, " ")
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(token))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Serve answers on a socket until the function that it returns is called.
func Serve(socket net.Listener, token string, log *slog.Logger) (stop func()) {
	server := &http.Server{
		Handler: Handler(token), ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() { _ = server.Serve(socket) }()
	return func() { _ = server.Close() }
}
