package testdb

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"imagemaster/backend/database"
)

// Claim is an act that a limited number of callers may win. Run tries once; Lost
// reports whether an error means that another caller was faster.
type Claim struct {
	Name string
	Run  func(ctx context.Context, db *database.DB, arg string) error
	Lost func(error) bool
}

const (
	processes     = 2
	claimsEach    = 100
	claimVariable = "IMAGEMASTER_TEST_CLAIM"
	claimArgument = "IMAGEMASTER_TEST_CLAIM_ARGUMENT"
	claimDatabase = "IMAGEMASTER_TEST_CLAIM_DATABASE"
	ready         = "ready"
)

// Tally is the result of a race.
type Tally struct{ Won, Lost int }

// Race starts two further processes. Each tries the claim a hundred times in
// parallel, on the same database. The package must have given the claim to Main.
func Race(t *testing.T, o database.Options, name, arg string) Tally {
	t.Helper()
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	racers := make([]*racer, processes)
	for i := range racers {
		racers[i] = startRacer(t, claimVariable+"="+name, claimArgument+"="+arg, claimDatabase+"="+string(options))
	}
	for _, r := range racers {
		if line := r.line(t); line != ready {
			t.Fatalf("a racing process printed %q, want %q", line, ready)
		}
	}
	for _, r := range racers {
		if _, err := fmt.Fprintln(r.in, "go"); err != nil {
			t.Fatal(err)
		}
	}
	var sum Tally
	for _, r := range racers {
		var one Tally
		if line := r.line(t); json.Unmarshal([]byte(line), &one) != nil {
			t.Fatalf("a racing process printed %q, want its tally", line)
		}
		if err := r.cmd.Wait(); err != nil {
			t.Fatalf("a racing process failed: %v", err)
		}
		sum.Won += one.Won
		sum.Lost += one.Lost
	}
	return sum
}

// All returns how many claims a race makes.
func All() int { return processes * claimsEach }

type racer struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func startRacer(t *testing.T, env ...string) *racer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return &racer{cmd: cmd, in: in, out: bufio.NewScanner(out)}
}

// line returns the next line that the process prints.
func (r *racer) line(t *testing.T) string {
	t.Helper()
	if !r.out.Scan() {
		t.Fatal("a racing process ended without a result")
	}
	return r.out.Text()
}

// runClaim is what a racing process runs instead of the tests.
func runClaim(claims []Claim, name string) error {
	i := slices.IndexFunc(claims, func(c Claim) bool { return c.Name == name })
	if i < 0 {
		return fmt.Errorf("no such claim: %s", name)
	}
	var o database.Options
	if err := json.Unmarshal([]byte(os.Getenv(claimDatabase)), &o); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := database.Open(ctx, o)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println(ready)
	bufio.NewScanner(os.Stdin).Scan()
	tally, err := claims[i].tryAll(ctx, db, os.Getenv(claimArgument))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(tally)
}

func (c Claim) tryAll(ctx context.Context, db *database.DB, arg string) (Tally, error) {
	var tally Tally
	var failed error
	var mu sync.Mutex
	var all sync.WaitGroup
	for range claimsEach {
		all.Go(func() {
			err := c.Run(ctx, db, arg)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				tally.Won++
			case c.Lost(err):
				tally.Lost++
			default:
				failed = err
			}
		})
	}
	all.Wait()
	return tally, failed
}
