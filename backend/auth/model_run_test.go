package auth_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// How the model is run. A sequence is a text: words such as "b.pause-hour", done
// by the visitor b, and "+5m". Nothing else decides what a sequence does, so the
// text of a failure is all that repeats it:
//
//	IMAGEMASTER_TEST_MODEL_SEQUENCE="a.enter +5m a.set-up" go test ./backend/auth -run 'TestModel$'
//
// IMAGEMASTER_TEST_MODEL sets how many random sequences there are on each
// engine, and IMAGEMASTER_TEST_MODEL_STEPS how long they are.
const (
	modelSequences = 8
	modelSteps     = 150
)

// step finds what a word says.
func step(w *model, word string) (func(), error) {
	if name, verb, ok := strings.Cut(word, "."); ok {
		for _, v := range w.visitors {
			for _, a := range visitorActions {
				if v.name == name && a.name == verb {
					return func() { a.do(w, v) }, nil
				}
			}
		}
	}
	for _, a := range worldActions {
		if a.name == word {
			return func() { a.do(w, nil) }, nil
		}
	}
	return nil, fmt.Errorf("there is no action %q", word)
}

// run carries out what next says until it says "" and returns what went wrong,
// "" = nothing.
func run(t *testing.T, o database.Options, next func(*model) string) (found string) {
	t.Helper()
	doing := "the beginning"
	defer func() {
		if p := recover(); p != nil {
			wrong, ok := p.(problem)
			if !ok {
				panic(p)
			}
			found = doing + ": " + string(wrong)
		}
	}()
	w := newModel(t, o)
	w.look()
	for at := 1; ; at++ {
		word := next(w)
		if word == "" {
			return ""
		}
		do, err := step(w, word)
		if err != nil {
			t.Fatal(err)
		}
		doing = fmt.Sprintf("step %d, %s", at, word)
		do()
		w.look()
	}
}

// choose returns a random word, three times of four one that fits.
func (w *model) choose() string {
	for fitting := rand.IntN(4) > 0; ; {
		if rand.IntN(5) == 0 {
			if a := draw(worldActions); !fitting || a.fits(w, nil) {
				return a.name
			}
			continue
		}
		v := w.visitors[rand.IntN(len(w.visitors))]
		if a := draw(visitorActions); !fitting || a.fits(w, v) {
			return v.name + "." + a.name
		}
	}
}

// draw takes an action by the weights.
func draw(actions []action) action {
	sum := 0
	for _, a := range actions {
		sum += a.weight
	}
	at := rand.IntN(sum)
	for _, a := range actions {
		if at -= a.weight; at < 0 {
			return a
		}
	}
	panic("unreachable")
}

// inOrder says the words of a sequence.
func inOrder(sequence []string) func(*model) string {
	return func(*model) string {
		if len(sequence) == 0 {
			return ""
		}
		word := sequence[0]
		sequence = sequence[1:]
		return word
	}
}

// shrink leaves out what a failing sequence can do without, until no single
// word can be left out.
func shrink(fails func([]string) string, sequence []string) []string {
	for size := max(len(sequence)/2, 1); size > 0; {
		before := len(sequence)
		for from := 0; from+size <= len(sequence); {
			shorter := slices.Delete(slices.Clone(sequence), from, from+size)
			if fails(shorter) != "" {
				sequence = shorter
			} else {
				from += size
			}
		}
		if size > 1 || len(sequence) == before {
			size /= 2
		}
	}
	return sequence
}

// runner runs sequences on an engine, each on a database of its own.
func runner(t *testing.T, engine string) func(next func(*model) string) string {
	return func(next func(*model) string) (found string) {
		t.Run("", func(t *testing.T) { found = run(t, testdb.Options(t, engine), next) })
		return found
	}
}

func TestModelKeptSequences(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		play := runner(t, engine)
		for _, kept := range keptSequences {
			if found := play(inOrder(strings.Fields(kept.words))); found != "" {
				t.Errorf("%s: %s\nIMAGEMASTER_TEST_MODEL_SEQUENCE=%q", kept.what, found, kept.words)
			}
		}
	})
}

// TestModel runs new random sequences, or the one it is given.
func TestModel(t *testing.T) {
	given := strings.Fields(os.Getenv("IMAGEMASTER_TEST_MODEL_SEQUENCE"))
	sequences, steps := number(t, "IMAGEMASTER_TEST_MODEL", modelSequences), number(t, "IMAGEMASTER_TEST_MODEL_STEPS", modelSteps)
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		play := runner(t, engine)
		if len(given) > 0 {
			if found := play(inOrder(given)); found != "" {
				t.Fatal(found)
			}
			return
		}
		for at := range sequences {
			var said []string
			found := play(func(w *model) string {
				if len(said) == steps {
					return ""
				}
				said = append(said, w.choose())
				return said[len(said)-1]
			})
			if found != "" {
				report(t, play, at+1, said, found)
			}
		}
	})
}

// report shrinks a failing sequence and ends the test.
func report(t *testing.T, play func(func(*model) string) string, number int, said []string, found string) {
	t.Helper()
	short := shrink(func(s []string) string { return play(inOrder(s)) }, said)
	t.Fatalf("sequence %d: %s\n%d steps are enough: %s\nIMAGEMASTER_TEST_MODEL_SEQUENCE=%q\nwhole: %q", number, found,
		len(short), play(inOrder(short)), strings.Join(short, " "), strings.Join(said, " "))
}

// number reads a variable.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
