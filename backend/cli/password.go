package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"imagemaster/backend/config"
)

// maxPasswordLine bounds the bytes read from standard input. The longest password
// needs fewer.
const maxPasswordLine = 4 << 10

// askPassword asks for a new password twice on a terminal, without echo. Without
// a terminal it reads the first line of standard input.
func (p *Process) askPassword(ctx context.Context, name string) (string, error) {
	if terminal, ok := p.terminal(); ok {
		return p.askTwice(ctx, int(terminal.Fd()), name)
	}
	line, err := bufio.NewReader(io.LimitReader(p.Stdin, maxPasswordLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	if len(line) == maxPasswordLine {
		return "", errors.New("the first line of standard input is too long for a password")
	}
	plain, err := config.WithoutBOM([]byte(line))
	if err != nil {
		return "", fmt.Errorf("standard input %w", err)
	}
	return checkTyped(strings.TrimRight(plain, "\r\n"))
}

func (p *Process) askTwice(ctx context.Context, terminal int, name string) (string, error) {
	first, err := p.askOnce(ctx, terminal, "New password for "+name+": ")
	if err != nil {
		return "", err
	}
	again, err := p.askOnce(ctx, terminal, "Repeat the new password: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ: nothing was changed")
	}
	return first, nil
}

// askOnce reads one line without echo. If ctx ends meanwhile, it turns the echo of
// the terminal on again.
func (p *Process) askOnce(ctx context.Context, terminal int, prompt string) (string, error) {
	state, err := term.GetState(terminal)
	if err != nil {
		return "", fmt.Errorf("prepare the terminal: %w", err)
	}
	fmt.Fprint(p.Stderr, prompt)
	defer fmt.Fprintln(p.Stderr)
	typed, err := answerOf(ctx, func() (string, error) {
		typed, err := term.ReadPassword(terminal)
		return string(typed), err
	})
	if errors.Is(err, errStopped) {
		return "", errors.Join(err, term.Restore(terminal, state))
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return checkTyped(typed)
}

var errNoPassword = errors.New("no password was given")

func checkTyped(typed string) (string, error) {
	if typed == "" {
		return "", errNoPassword
	}
	if !utf8.ValidString(typed) {
		return "", errors.New("the password is not in UTF-8: set the terminal to UTF-8")
	}
	return typed, nil
}
