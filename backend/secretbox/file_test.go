package secretbox

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) *File {
	t.Helper()
	f, err := parseFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ids(f *File) string { return strings.Join(f.Keyring().IDs(), " ") }

func TestNewFileIsItsOwnText(t *testing.T) {
	f := newFile()
	again := parsed(t, string(f.text()))
	if ids(again) != ids(f) || len(f.keys()) != 1 || again.keySet().root != f.keySet().root {
		t.Errorf("read back as %s, was %s", ids(again), ids(f))
	}
	if f.keySet().root == newFile().keySet().root {
		t.Error("two files have the same root")
	}
}

// The steps of a rotation, with a file somebody wrote by hand and one with the
// line ends of another system.
func TestRotationInAFile(t *testing.T) {
	for name, text := range map[string]string{
		"made":    string(newFile().text()),
		"by hand": "# mine\n\n" + strings.TrimSpace(line(1)),
		"Windows": "# mine\r\n" + strings.ReplaceAll(line(1), "\n", "\r\n"),
		"two":     line(1) + "# the old one\n" + line(2),
	} {
		f := parsed(t, text)
		old := f.Keyring()
		csrf, sealed := old.Subkey("imagemaster/csrf/v1"), old.Seal(seed, label)

		readsBack := func() {
			t.Helper()
			if again := parsed(t, string(f.text())); ids(again) != ids(f) || again.keySet().root != f.keySet().root {
				t.Errorf("%s: reads back as %s, is %s", name, ids(again), ids(f))
			}
		}
		added := f.Add()
		readsBack()
		if got := f.Keyring(); got.CurrentID() != old.CurrentID() || !slices.Equal(got.IDs(), append(old.IDs(), added)) {
			t.Errorf("%s: after Add the keys are %v", name, got.IDs())
		}
		if err := f.Use(added); err != nil {
			t.Fatal(err)
		}
		readsBack()
		used := f.Keyring()
		if !slices.Equal(used.IDs(), append([]string{added}, old.IDs()...)) {
			t.Errorf("%s: after Use the keys are %v", name, used.IDs())
		}
		if plain, err := used.Open(sealed, label); err != nil || !bytes.Equal(plain, seed) {
			t.Errorf("%s: the former key does not open: %v", name, err)
		}
		if err := f.Remove(old.CurrentID()); err != nil {
			t.Fatal(err)
		}
		if f.Holds(old.CurrentID()) || !f.Holds(added) {
			t.Errorf("%s: after Remove the keys are %s", name, ids(f))
		}
		readsBack()
		again := parsed(t, string(f.text()))
		if again.Keyring().Subkey("imagemaster/csrf/v1") != csrf {
			t.Errorf("%s: the keys of other purposes have changed", name)
		}
		for _, kept := range strings.SplitAfter(text, "\n") {
			if strings.HasPrefix(kept, "#") && !bytes.Contains(again.text(), []byte(kept)) {
				t.Errorf("%s: the line %q is gone", name, kept)
			}
		}
	}
}

// Retired, a key must be gone: what keeps the other purposes must not lead back.
func TestRemovedKeyLeavesNothing(t *testing.T) {
	f := parsed(t, line(1))
	secret := bytes.Fields([]byte(line(1)))[1]
	if err := errors.Join(f.Use(f.Add()), f.Remove("0000000000000001")); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(f.text(), secret) {
		t.Error("the file still holds the key")
	}
}

func TestRefusedChanges(t *testing.T) {
	f := parsed(t, line(1)+line(2))
	before := string(f.text())
	for name, c := range map[string]struct{ got, want error }{
		"use unknown":    {f.Use("0000000000000009"), ErrNoKey},
		"use nonsense":   {f.Use("x"), ErrNoKey},
		"remove unknown": {f.Remove("0000000000000009"), ErrNoKey},
		"remove first":   {f.Remove("0000000000000001"), ErrSeals},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if string(f.text()) != before {
		t.Error("a refused change changed something")
	}
}

func TestUseOfTheFirstChangesNoOrder(t *testing.T) {
	for _, text := range []string{line(1), line(1) + line(2), "# head\n" + line(1)} {
		f := parsed(t, text)
		before := ids(f)
		if err := f.Use("0000000000000001"); err != nil || ids(f) != before {
			t.Errorf("%v: %s, was %s", err, ids(f), before)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(keyFileHeader+line(1)+line(2)), uint8(1))
	f.Add([]byte("\r\n#\n"+strings.TrimSpace(line(3))), uint8(0))
	f.Add([]byte(strings.TrimSpace(line(3))), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, n uint8) {
		file, err := parseFile(text)
		if err != nil || len(text) > maxKeyFile/2 { // a full file takes no more keys
			return
		}
		if !bytes.Equal(file.text(), text) {
			t.Fatal("the text changed by reading it")
		}
		root := file.keySet().root
		added := file.Add()
		all := file.Keyring().IDs()
		if err := file.Use(all[int(n)%len(all)]); err != nil {
			t.Fatal(err)
		}
		again, err := parseFile(file.text())
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Keyring().IDs(); len(got) != len(all) || got[0] != all[int(n)%len(all)] || !slices.Contains(got, added) {
			t.Errorf("keys %v, were %v", got, all)
		}
		if again.keySet().root != root {
			t.Error("the root has changed")
		}
		if err := again.Remove(fmt.Sprint(again.Keyring().CurrentID())); !errors.Is(err, ErrSeals) {
			t.Errorf("removed the key that seals: %v", err)
		}
	})
}
