package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/term"
)

// openTerminal returns the two ends of a new pseudo-terminal: the person's
// keyboard and screen, and the program's input and output.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no test on a terminal: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	var number, unlocked uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlocked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// prompts tells the test when a prompt was printed.
type prompts struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen chan string
}

func (p *prompts) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.text.Write(b)
	p.mu.Unlock()
	if strings.HasSuffix(string(b), ": ") {
		p.seen <- string(b)
	}
	return len(b), nil
}

// untilSilent waits until the terminal no longer echoes. Then the program reads.
func untilSilent(t *testing.T, program *os.File) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); echoes(t, program); {
		if time.Now().After(deadline) {
			t.Fatal("the terminal still echoes")
		}
	}
}

func echoes(t *testing.T, program *os.File) bool {
	t.Helper()
	var settings syscall.Termios
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, program.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&settings))); errno != 0 {
		t.Fatal(errno)
	}
	return settings.Lflag&syscall.ECHO != 0
}

type asked struct {
	typed string
	err   error
}

func ask(t *testing.T, ctx context.Context, program *os.File) (*prompts, chan asked) {
	t.Helper()
	if !term.IsTerminal(int(program.Fd())) {
		t.Fatal("no terminal")
	}
	shown := &prompts{seen: make(chan string, 2)}
	p := Process{Stdin: program, Stdout: shown, Stderr: shown}
	answers := make(chan asked, 1)
	go func() {
		typed, err := p.askPassword(ctx, "anna")
		answers <- asked{typed, err}
	}()
	return shown, answers
}

func TestPasswordIsAskedTwiceWithoutEcho(t *testing.T) {
	for _, c := range []struct{ first, again, want, err string }{
		{good, good, good, ""},
		{"grüne-Leiter 42", "grüne-Leiter 42", "grüne-Leiter 42", ""},
		{good, good + "x", "", "the two passwords differ"},
		{good, "", "", "no password was given"},
	} {
		person, program := openTerminal(t)
		shown, answers := ask(t, t.Context(), program)
		for _, line := range []string{c.first, c.again} {
			<-shown.seen
			untilSilent(t, program)
			if _, err := person.WriteString(line + "\n"); err != nil {
				t.Fatal(err)
			}
		}
		got := <-answers
		if got.typed != c.want || (c.err == "") != (got.err == nil) || got.err != nil && !strings.Contains(got.err.Error(), c.err) {
			t.Errorf("%q then %q: got %q, %v", c.first, c.again, got.typed, got.err)
		}
		if !echoes(t, program) {
			t.Error("the terminal stays without echo")
		}
		if strings.Contains(shown.text.String(), c.first) {
			t.Errorf("the password was printed: %q", shown.text.String())
		}
		checkScreen(t, person, program, c.first)
	}
}

// checkScreen reads the screen up to a mark and looks for the secret.
func checkScreen(t *testing.T, person, program *os.File, secret string) {
	t.Helper()
	if _, err := program.WriteString("END\n"); err != nil {
		t.Fatal(err)
	}
	screen := bufio.NewReader(person)
	for {
		line, err := screen.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, secret) {
			t.Errorf("the terminal shows %q", line)
		}
		if strings.HasPrefix(line, "END") {
			return
		}
	}
}

func TestEmptyPasswordIsRefused(t *testing.T) {
	person, program := openTerminal(t)
	shown, answers := ask(t, t.Context(), program)
	<-shown.seen
	untilSilent(t, program)
	if _, err := person.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-answers; got.err == nil || !strings.Contains(got.err.Error(), "no password was given") {
		t.Errorf("got %q, %v", got.typed, got.err)
	}
}

func TestSignalWhileAskingRestoresTheEcho(t *testing.T) {
	_, program := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	shown, answers := ask(t, ctx, program)
	<-shown.seen
	untilSilent(t, program)
	cancel()
	if got := <-answers; got.err == nil || !strings.Contains(got.err.Error(), "nothing was changed") {
		t.Errorf("got %q, %v", got.typed, got.err)
	}
	if !echoes(t, program) {
		t.Error("the terminal stays without echo")
	}
}
