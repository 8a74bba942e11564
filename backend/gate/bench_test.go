package gate_test

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

const (
	proxies  = 32 // connections at once
	turnTime = 1500 * time.Millisecond
)

// listen serves an application and returns a client for it, over loopback on kept
// connections.
func listen(b *testing.B, web *fiber.App) *fasthttp.HostClient {
	b.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = web.Listener(socket) }()
	b.Cleanup(func() { _ = web.Shutdown() })
	return &fasthttp.HostClient{Addr: socket.Addr().String(), MaxConns: proxies}
}

// turn sends the same request from many connections for a time, and returns how many
// were answered in a second, and how long each took.
func turn(b *testing.B, client *fasthttp.HostClient, want int, request func(r *fasthttp.Request)) (perSecond float64, times []time.Duration) {
	b.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	began := time.Now()
	for range proxies {
		all.Go(func() {
			r, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(r)
			defer fasthttp.ReleaseResponse(res)
			request(r)
			var own []time.Duration
			for time.Since(began) < turnTime {
				sent := time.Now()
				if err := client.Do(r, res); err != nil || res.StatusCode() != want {
					b.Errorf("%d, %v", res.StatusCode(), err)
					return
				}
				own = append(own, time.Since(sent))
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, own...)
		})
	}
	all.Wait()
	return float64(len(times)) / time.Since(began).Seconds(), times
}

func p99(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)*99/100].Microseconds()) / 1000
}

// question of nginx with the cookies of a browser.
func nginxAsks(p *someone) func(r *fasthttp.Request) {
	cookies := p.cookieLine() + "; theme=dark; lang=en"
	return func(r *fasthttp.Request) {
		r.SetRequestURI("http://gate/gate/nginx")
		r.Header.Set("X-Original-URL", wiki+"/page/7?x=1")
		r.Header.Set("X-Original-Method", http.MethodGet)
		r.Header.Set("Cookie", cookies)
		r.Header.Set("Accept", "text/html,application/xhtml+xml")
		r.Header.Set("Accept-Language", "en-GB,en;q=0.9")
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36")
		r.Header.Set("Sec-Fetch-Mode", "cors")
		r.Header.Set("Sec-Fetch-Dest", "empty")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
}

// BenchmarkGate compares the check of a valid cookie with a route that only answers 200,
// in turns, and reports the median of their ratio and the slowest hundredth of checks.
func BenchmarkGate(b *testing.B) {
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		b.Run(engine, func(b *testing.B) {
			k := newKit(b, testdb.New(b, engine))
			k.application("Wiki", wiki, public("/public"), everybody("/"))
			anna := k.protected("anna")
			anna.opens(wiki)
			plain := fiber.New(fiber.Config{DisableStartupMessage: true, ReadBufferSize: 64 << 10})
			plain.Get("/gate/nginx", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusOK) })
			checked, answering := listen(b, k.gate), listen(b, plain)
			ask := nginxAsks(anna)
			var ratios, rates []float64
			var slow []time.Duration
			for b.Loop() {
				base, _ := turn(b, answering, http.StatusOK, ask)
				rate, times := turn(b, checked, http.StatusOK, ask)
				ratios, rates, slow = append(ratios, 100*rate/base), append(rates, rate), append(slow, times...)
			}
			slices.Sort(ratios)
			slices.Sort(rates)
			b.ReportMetric(ratios[len(ratios)/2], "%-of-bare-Fiber")
			b.ReportMetric(rates[len(rates)/2], "checks/s")
			b.ReportMetric(p99(slow), "ms-p99")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkGateUncached measures the statement behind a check that is not in memory, with
// few and with many accounts.
func BenchmarkGateUncached(b *testing.B) {
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		for _, accounts := range []int{1_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", engine, accounts), func(b *testing.B) {
				k := newKit(b, testdb.New(b, engine))
				k.application("Wiki", wiki, everybody("/"))
				anna := k.protected("anna")
				anna.opens(wiki)
				k.crowd(accounts)
				token := anna.cookies["__Host-im_app"]
				b.ResetTimer()
				for b.Loop() {
					// A commit makes the instance forget what it has read.
					b.StopTimer()
					k.must(k.db.InTx(k.ctx, func(*database.Tx) error { return nil }))
					b.StartTimer()
					if c, err := k.IdentifyApp(k.ctx, token, "wiki.example.com"); c == nil || err != nil {
						b.Fatal(c, err)
					}
				}
			})
		}
	}
}

// crowd stores so many further accounts, each with a session and one for the application.
func (k *kit) crowd(n int) {
	k.Helper()
	const batch = 1000 // MySQL and MariaDB stop a series after that
	a, s := k.columns("accounts"), k.columns("sessions")
	for first := 1; first <= n; first += batch {
		k.must(k.db.InTx(k.ctx, func(tx *database.Tx) error {
			// Copies of anna's rows, with other keys.
			series := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
			from := fmt.Sprintf("SELECT %s FROM accounts a JOIN n WHERE a.id = (SELECT MIN(id) FROM accounts)", a.picked("a", map[string]string{
				"id": fmt.Sprintf("%d + n.i", 1000+first), "username": k.text(fmt.Sprintf("%d + n.i", first)), "username_folded": k.text(fmt.Sprintf("%d + n.i", first)),
				"email_key": "NULL"}))
			into := "INSERT INTO accounts (" + a.list() + ") "
			if err := k.insert(tx, into, series, from, min(batch, n-first+1)); err != nil {
				return err
			}
			from = fmt.Sprintf("SELECT %s FROM sessions s JOIN n WHERE s.id = (SELECT MIN(id) FROM sessions)", s.picked("s", map[string]string{
				"id": fmt.Sprintf("%d + n.i", 1000+first), "account_id": fmt.Sprintf("%d + n.i", 1000+first), "token_hash": k.hash(fmt.Sprintf("%d + n.i", first))}))
			into = "INSERT INTO sessions (" + s.list() + ") "
			if err := k.insert(tx, into, series, from, min(batch, n-first+1)); err != nil {
				return err
			}
			from = fmt.Sprintf("SELECT %d + n.i, %s, %d + n.i, 'wiki.example.com', 1, (SELECT MIN(id) FROM applications) FROM n WHERE n.i > 0",
				1000+first, k.hash(fmt.Sprintf("%d + n.i", 5_000_000+first)), 1000+first)
			return k.insert(tx, "INSERT INTO app_sessions (id, token_hash, session_id, host, epoch, application_id) ", series, from, min(batch, n-first+1))
		}))
	}
}

func (k *kit) insert(tx *database.Tx, into, series, from string, rows int) error {
	if tx.Name() == database.MySQL {
		return tx.Exec(into+series+from, rows).Error
	}
	return tx.Exec(series+into+from, rows).Error
}

func (k *kit) text(number string) string {
	if k.db.Engine() == database.MySQL {
		return "CONCAT('crowd-', " + number + ")"
	}
	return "'crowd-' || (" + number + ")"
}

func (k *kit) hash(number string) string {
	if k.db.Engine() == database.MySQL {
		return "UNHEX(SHA2(" + number + ", 256))"
	}
	return "CAST(printf('%032d', " + number + ") AS BLOB)"
}

type columnList []string

func (k *kit) columns(table string) (list columnList) {
	k.Helper()
	types, err := k.db.Read(k.ctx).Migrator().ColumnTypes(table)
	k.must(err)
	for _, c := range types {
		list = append(list, c.Name())
	}
	return list
}

func (c columnList) list() string { return strings.Join(c, ", ") }

// picked selects all columns of a row, some of them from an expression.
func (c columnList) picked(alias string, from map[string]string) string {
	var picked []string
	for _, name := range c {
		if expression, ok := from[name]; ok {
			picked = append(picked, expression)
		} else {
			picked = append(picked, alias+"."+name)
		}
	}
	return strings.Join(picked, ", ")
}

// BenchmarkGateAnonymous sends 100,000 checks without a sign-in and reports how much the
// memory in use grew.
func BenchmarkGateAnonymous(b *testing.B) {
	k := sqlite(b)
	k.application("Wiki", wiki, everybody("/"))
	client := listen(b, k.gate)
	inUse := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapInuse) / (1 << 20)
	}
	ask := nginxAsks(&someone{kit: k, cookies: map[string]string{}})
	r, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	for b.Loop() {
		var before float64
		for i := range 100_000 {
			r.Reset()
			ask(r)
			r.Header.Set("Cookie", "__Host-im_app="+randomToken())
			r.Header.Set("X-Original-URL", fmt.Sprintf("%s/page/%d", wiki, i))
			if err := client.Do(r, res); err != nil || res.StatusCode() != http.StatusUnauthorized {
				b.Fatal(res.StatusCode(), err)
			}
			if i == 1000 {
				before = inUse()
			}
		}
		b.ReportMetric(inUse()-before, "MiB-grown")
	}
	b.ReportMetric(0, "ns/op")
}
