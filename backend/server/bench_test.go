package server

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/testserver"
)

// BenchmarkClassroom lets 64 people sign in at the same second, behind one
// address. As the pages do, a browser comes back when the server says that it is
// busy. All must be in within the 20 seconds for which a page does that, with at
// most 150 MiB of memory.
func BenchmarkClassroom(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the peak of another process's memory is read from /proc")
	}
	data := dataFolder(b)
	s := testserver.New(b, "--data", data)
	s.Cmd.Path = filepath.Join(b.TempDir(), "imagemaster") // that of the tests is larger
	s.Cmd.Env = testserver.Environ()
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", s.Cmd.Path, "../..").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	s.Start().Ready()
	const people = 64
	for i := range people {
		testserver.Command(b, "user", "add", pupil(i), "--data", data).Succeeds(testserver.GoodPassword + "\n")
	}
	var slowest []float64
	var refused int
	for b.Loop() {
		waits, again := classroom(s.URL, people)
		if last := slices.Max(waits); last > 20*time.Second {
			b.Errorf("the last one waited for %v", last)
		}
		slowest = append(slowest, slices.Max(waits).Seconds())
		refused += again
	}
	peak := peakMemory(b, s.Cmd.Process.Pid)
	if peak > 150 {
		b.Errorf("%.0f MiB of memory", peak)
	}
	b.ReportMetric(slices.Max(slowest), "s-until-all-in")
	b.ReportMetric(float64(refused)/float64(b.N), "tries-again")
	b.ReportMetric(peak, "MiB-peak")
	b.ReportMetric(0, "ns/op")
}

func pupil(i int) string { return fmt.Sprintf("pupil-%d", i) }

// classroom returns how long each person waited until they were in, and how often
// one was told to come back.
func classroom(url string, people int) (waits []time.Duration, again int) {
	waits = make([]time.Duration, people)
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for i := range people {
		all.Go(func() {
			for {
				status := signIn(url, pupil(i))
				waits[i] = time.Since(began)
				if status == http.StatusOK {
					return
				}
				mu.Lock()
				again++
				mu.Unlock()
				if status != http.StatusServiceUnavailable || waits[i] > 20*time.Second {
					waits[i] = time.Hour // never in
					return
				}
				// The server's Retry-After, and a part that differs.
				time.Sleep(2*time.Second + time.Duration(i)*time.Second/time.Duration(people))
			}
		})
	}
	all.Wait()
	return waits, again
}

func signIn(url, name string) int {
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, name, testserver.GoodPassword)
	request, err := http.NewRequest(http.MethodPost, url+"/api/sign-in", strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Origin", url)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Requested-With", "imagemaster")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// peakMemory is the most memory that a process ever had, in MiB.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
