// Package testserver runs the product in processes of their own, as an operator
// does, and sends them HTTP requests, as a browser does.
//
// The program is the test binary itself: with Variable set, its TestMain runs
// the product instead of the tests. A process ends with the test that started
// it.
package testserver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Variable makes the test binary the product with a movable clock: a line such
// as 1h30m on standard input moves it forward, and a line on standard output
// confirms it. End-to-end tests use it too.
const Variable = "IMAGEMASTER_TEST_SERVER"

// Main runs the product in a process that Command has prepared, with a clock that
// the test moves, and ends it. In any other process it returns.
func Main(product func(ctx context.Context, stdin io.Reader, now func() time.Time) (code int)) {
	if os.Getenv(Variable) != "1" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] != "serve" {
		os.Exit(product(ctx, os.Stdin, time.Now))
	}
	var offset atomic.Int64
	go moveClock(&offset)
	os.Exit(product(ctx, strings.NewReader(""), func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }))
}

func moveClock(offset *atomic.Int64) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		by, err := time.ParseDuration(lines.Text())
		if err != nil {
			fmt.Println("no duration:", lines.Text())
			continue
		}
		fmt.Println("clock moved to", time.Now().Add(time.Duration(offset.Add(int64(by)))).UTC().Format(time.RFC3339))
	}
}

// Environ returns the environment without the variables of tests, which the
// product would refuse.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "IMAGEMASTER_TEST_") })
}

// GiveUp bounds every wait for another process.
const GiveUp = 30 * time.Second

// Instance is one running product.
type Instance struct {
	Cmd   *exec.Cmd      // may be changed until it is started
	URL   string         // of a server
	Stdin io.WriteCloser // once it is started
	t     testing.TB
	lines chan string   // of standard output
	ended chan struct{} // closed when the process has ended
	code  int
	mu    sync.Mutex
	out   bytes.Buffer // standard output and standard error
}

// Write collects what the process prints.
func (i *Instance) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.out.Write(p)
}

// Output returns what was printed so far.
func (i *Instance) Output() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.out.String()
}

// Command prepares the product with arguments; environment variables may be
// added before it is started.
func Command(t testing.TB, args ...string) *Instance {
	t.Helper()
	i := &Instance{t: t, Cmd: exec.Command(os.Args[0], args...), lines: make(chan string, 100), ended: make(chan struct{})}
	i.Cmd.Env = append(Environ(), Variable+"=1")
	return i
}

// New prepares a server on a free port.
func New(t testing.TB, args ...string) *Instance {
	t.Helper()
	port := freePort(t)
	url := fmt.Sprintf("http://localhost:%d", port)
	i := Command(t, append([]string{"serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--public-url", url}, args...)...)
	i.URL = url
	return i
}

func freePort(t testing.TB) int {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = probe.Close() }()
	return probe.Addr().(*net.TCPAddr).Port
}

// Start starts the process, which ends with the test at the latest.
func (i *Instance) Start() *Instance {
	i.t.Helper()
	stdout, err := i.Cmd.StdoutPipe()
	if err != nil {
		i.t.Fatal(err)
	}
	if i.Cmd.Stdin == nil {
		if i.Stdin, err = i.Cmd.StdinPipe(); err != nil {
			i.t.Fatal(err)
		}
	}
	i.Cmd.Stderr = i
	if err := i.Cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	go i.follow(stdout)
	i.t.Cleanup(func() {
		_ = i.Cmd.Process.Kill()
		<-i.ended
	})
	return i
}

func (i *Instance) follow(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(i, lines.Text())
		i.lines <- lines.Text()
	}
	close(i.lines)
	_ = i.Cmd.Wait()
	i.code = i.Cmd.ProcessState.ExitCode()
	close(i.ended)
}

// Until waits for a line of standard output that holds a text, and returns it.
func (i *Instance) Until(text string) string {
	i.t.Helper()
	timeout := time.After(GiveUp)
	for {
		select {
		case line, open := <-i.lines:
			if !open {
				<-i.ended
				i.t.Fatalf("ended with code %d before it printed %q:\n%s", i.code, text, i.Output())
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-timeout:
			i.t.Fatalf("did not print %q:\n%s", text, i.Output())
		}
	}
}

// Ready waits until the server accepts requests.
func (i *Instance) Ready() *Instance {
	i.t.Helper()
	i.Until(" is ready at ")
	return i
}

// End waits for the process and returns exit code and output.
func (i *Instance) End() (int, string) {
	i.t.Helper()
	for {
		select {
		case _, open := <-i.lines:
			if open {
				continue
			}
			<-i.ended
			return i.code, i.Output()
		case <-time.After(GiveUp):
			i.t.Fatalf("did not end:\n%s", i.Output())
		}
	}
}

// Signal sends the process a signal.
func (i *Instance) Signal(s os.Signal) {
	i.t.Helper()
	if err := i.Cmd.Process.Signal(s); err != nil {
		i.t.Fatal(err)
	}
}

// Stop ends the server with SIGTERM and returns what it printed.
func (i *Instance) Stop() string {
	i.t.Helper()
	i.Signal(syscall.SIGTERM)
	code, out := i.End()
	if code != 0 {
		i.t.Errorf("stopped with code %d:\n%s", code, out)
	}
	return out
}

// Refuses runs the product and checks that it ends with a code and one line.
func (i *Instance) Refuses(code int, want string) string {
	i.t.Helper()
	got, out := i.Start().End()
	if got != code || !strings.Contains(out, want) || !strings.HasPrefix(out, "imagemaster: ") || strings.Count(out, "\n") != 1 {
		i.t.Errorf("ended with code %d, want %d and one line with %q:\n%s", got, code, want, out)
	}
	return out
}

// Succeeds runs a command with a password on standard input.
func (i *Instance) Succeeds(stdin string) string {
	i.t.Helper()
	i.Cmd.Stdin = strings.NewReader(stdin)
	code, out := i.Start().End()
	if code != 0 {
		i.t.Fatalf("ended with code %d:\n%s", code, out)
	}
	return out
}

// The first administrator, created by SetUp.
const (
	GoodPassword = "green-ladder-sings-42"
	GoodName     = "anna"
)

// SetUp creates the first administrator with the link that the server printed.
func (i *Instance) SetUp() {
	i.t.Helper()
	link := i.Until("/setup#")
	i.Ready()
	_, token, _ := strings.Cut(link, "#")
	Visit(i.t, i.URL).Must(http.StatusOK, http.MethodPost, "/api/setup",
		map[string]string{"token": token, "username": GoodName, "password": GoodPassword, "display_name": ""})
}

// SignIn returns a browser with a session.
func (i *Instance) SignIn() *Person {
	i.t.Helper()
	p := Visit(i.t, i.URL)
	answer := p.Must(http.StatusOK, http.MethodPost, "/api/sign-in", map[string]string{"username": GoodName, "password": GoodPassword})
	if answer["next"] != "done" {
		i.t.Fatalf("signed in, next is %v", answer["next"])
	}
	p.Renew()
	return p
}

// UntilLogged waits until a text was logged a number of times.
func (i *Instance) UntilLogged(text string, times int) {
	i.t.Helper()
	for deadline := time.Now().Add(GiveUp); strings.Count(i.Output(), text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			i.t.Fatalf("did not log %q %d times:\n%s", text, times, i.Output())
		}
	}
}

// UntilStatus waits until a path is answered with a status.
func (i *Instance) UntilStatus(status int, path string) {
	i.t.Helper()
	for deadline := time.Now().Add(GiveUp); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(i.URL + path)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == status {
				return
			}
		}
		if time.Now().After(deadline) {
			i.t.Fatalf("%s was not answered with %d: %v", path, status, err)
		}
	}
}

// Enroll begins an enrolment, which stores a sealed seed, and returns the key.
func (i *Instance) Enroll() string {
	i.t.Helper()
	answer := i.SignIn().Must(http.StatusOK, http.MethodPost, "/api/two-factor/enrollment", map[string]bool{})
	secret, _ := answer["secret"].(string)
	if len(secret) != 32 {
		i.t.Fatalf("no secret key in %v", answer)
	}
	return secret
}
