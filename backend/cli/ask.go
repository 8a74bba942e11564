package cli

import (
	"context"
	"errors"
	"os"

	"golang.org/x/term"
)

// terminal returns the terminal that a person types at, false where there is none.
func (p *Process) terminal() (*os.File, bool) {
	file, ok := p.Stdin.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

var errStopped = errors.New("stopped: nothing was changed")

// answerOf runs read, and stops waiting for it when ctx ends.
func answerOf[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type answer struct {
		typed T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		typed, err := read()
		answers <- answer{typed, err}
	}()
	select {
	case <-ctx.Done():
		var nothing T
		return nothing, errStopped
	case a := <-answers:
		return a.typed, a.err
	}
}
