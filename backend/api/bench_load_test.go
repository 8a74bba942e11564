package api

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// serve listens on loopback and returns a client with that many connections.
func serve(b *testing.B, app *fiber.App, connections int) *fasthttp.HostClient {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	client := &fasthttp.HostClient{Addr: listener.Addr().String(), MaxConns: connections, MaxIdleConnDuration: idleTimeout / 2}
	b.Cleanup(func() {
		client.CloseIdleConnections()
		if err := errors.Join(app.Shutdown(), <-ended); err != nil {
			b.Error(err)
		}
	})
	return client
}

// post is a request that is ready to be sent, by one worker at a time.
type post struct {
	request  fasthttp.Request
	response fasthttp.Response
	sent     bool
}

func newPost(t testing.TB, r *http.Request) *post {
	t.Helper()
	p := &post{}
	p.request.Header.SetMethod(r.Method)
	p.request.SetRequestURI("http://" + host + r.URL.Path)
	for name := range r.Header {
		p.request.Header.Set(name, r.Header.Get(name))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	p.request.SetBody(body)
	return p
}

func (p *post) send(client *fasthttp.HostClient, want int) error {
	p.sent = true
	if err := client.Do(&p.request, &p.response); err != nil {
		return err
	}
	if got := p.response.StatusCode(); got != want {
		return fmt.Errorf("status %d: %s", got, p.response.Body())
	}
	return nil
}

// sample is what one side did in one turn.
type sample struct {
	rate  float64 // calls a second
	times []time.Duration
}

// load has workers call for turnTime, each one call after the other. Worker k
// of n gets the numbers k, k+n, k+2n and so on, as far as they are below limit;
// 0 is no limit.
func load(b *testing.B, workers, limit int, call func(i int) error) sample {
	b.Helper()
	runtime.GC() // what was prepared is not cleaned up in the measured time
	times := make([][]time.Duration, workers)
	errs := make([]error, workers)
	var all sync.WaitGroup
	began := time.Now()
	for worker := range workers {
		all.Go(func() {
			for i := worker; (limit == 0 || i < limit) && time.Since(began) < turnTime && errs[worker] == nil; i += workers {
				start := time.Now()
				errs[worker] = call(i)
				times[worker] = append(times[worker], time.Since(start))
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	done := slices.Concat(times...)
	return sample{rate: float64(len(done)) / took.Seconds(), times: done}
}

// side is all turns of one side.
type side struct {
	rates []float64
	times []time.Duration
}

func (s *side) add(turn sample) {
	s.rates = append(s.rates, turn.rate)
	s.times = append(s.times, turn.times...)
}

// cells are the median rate, the median time and the 99th percentile.
func (s *side) cells() string {
	slices.Sort(s.times)
	at := func(percent int) float64 { return s.times[len(s.times)*percent/100].Seconds() * 1000 }
	return fmt.Sprintf("%.0f\t%.2f\t%.2f", median(s.rates), at(50), at(99))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}

// table collects the rows that are printed at the end.
type table struct{ rows []string }

// compare runs both sides in turns and adds a row.
func (t *table) compare(b *testing.B, name string, c int, measured func() sample, against string, base func() sample) {
	group := strings.NewReplacer("BenchmarkRatios/", "", "_", " ", "/", " ").Replace(b.Name())
	b.Run(fmt.Sprintf("%s/c=%d/%s", name, c, against), func(b *testing.B) {
		base()
		measured()
		var bases, results side
		var ratios []float64
		for b.Loop() {
			bases.add(base())
			results.add(measured())
			last := len(ratios)
			ratios = append(ratios, 100*results.rates[last]/bases.rates[last])
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(ratios), "%")
		t.rows = append(t.rows, fmt.Sprintf("%s, %s\t%d\t%s\t%s\t%s\t%.1f %%\t%.1f–%.1f\t", group, name, c, results.cells(),
			against, bases.cells(), median(ratios), slices.Min(ratios), slices.Max(ratios)))
	})
}

func (t *table) print() {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\nmeasured\tc\tper s\tp50 ms\tp99 ms\tcompared with\tper s\tp50 ms\tp99 ms\tratio\tof rounds\t")
	for _, row := range t.rows {
		fmt.Fprintln(out, row)
	}
	_ = out.Flush()
}
