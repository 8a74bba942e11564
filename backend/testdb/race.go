package testdb

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"imagemaster/backend/database"
)

// Claim is something that only one of many may win. Run tries once; lost says
// whether an error means that somebody else was faster.
type Claim struct {
	Name string
	Run  func(ctx context.Context, db *database.DB, arg string) error
	Lost func(error) bool
}

const (
	processes      = 2
	claimsEach     = 100
	claimVariable  = "IMAGEMASTER_TEST_CLAIM"
	claimArgument  = "IMAGEMASTER_TEST_CLAIM_ARGUMENT"
	claimDatabase  = "IMAGEMASTER_TEST_CLAIM_DATABASE"
	claimsReadyMsg = "ready"
)

// Tally is what a race came to.
type Tally struct{ Won, Lost int }

// Race lets two further processes try a claim a hundred times each, all at the
// same time, on one database, and returns what came of it. The claim must be
// given to Main by its name.
func Race(t *testing.T, o database.Options, name, arg string) Tally {
	t.Helper()
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	racers := make([]*racer, processes)
	for i := range racers {
		racers[i] = startRacer(t, []string{claimVariable + "=" + name, claimArgument + "=" + arg, claimDatabase + "=" + string(options)})
	}
	for _, r := range racers {
		r.await(t, claimsReadyMsg)
	}
	for _, r := range racers {
		if _, err := fmt.Fprintln(r.in, "go"); err != nil {
			t.Fatal(err)
		}
	}
	var sum Tally
	for _, r := range racers {
		one := r.finish(t)
		sum.Won += one.Won
		sum.Lost += one.Lost
	}
	return sum
}

// All returns how many claims a race makes.
func All() int { return processes * claimsEach }

type racer struct {
	cmd *exec.Cmd
	in  *os.File
	out *bufio.Scanner
}

func startRacer(t *testing.T, env []string) *racer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdin, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = stdin
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
	})
	return &racer{cmd: cmd, in: in, out: bufio.NewScanner(out)}
}

func (r *racer) await(t *testing.T, want string) {
	t.Helper()
	if !r.out.Scan() || r.out.Text() != want {
		t.Fatalf("a racing process said %q, want %q", r.out.Text(), want)
	}
}

func (r *racer) finish(t *testing.T) Tally {
	t.Helper()
	var tally Tally
	if !r.out.Scan() {
		t.Fatal("a racing process ended without a result")
	}
	if err := json.Unmarshal(r.out.Bytes(), &tally); err != nil {
		t.Fatalf("a racing process said %q: %v", r.out.Text(), err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("a racing process failed: %v", err)
	}
	return tally
}

// runClaim is the life of a racing process; false when this is none.
func runClaim(claims []Claim) bool {
	name := os.Getenv(claimVariable)
	if name == "" {
		return false
	}
	for _, c := range claims {
		if c.Name == name {
			if err := c.compete(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return true
		}
	}
	fmt.Fprintln(os.Stderr, "no such claim:", name)
	os.Exit(1)
	return true
}

func (c Claim) compete() error {
	var o database.Options
	if err := json.NewDecoder(strings.NewReader(os.Getenv(claimDatabase))).Decode(&o); err != nil {
		return err
	}
	ctx := context.Background()
	db, err := database.Open(ctx, o)
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println(claimsReadyMsg)
	bufio.NewScanner(os.Stdin).Scan()
	tally, err := c.tryAll(ctx, db, os.Getenv(claimArgument))
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
