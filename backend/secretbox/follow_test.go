package secretbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// followed is a ring in a running process and the file it follows.
func followed(t *testing.T, numbers ...byte) (*Keyring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	exchange(t, path, numbers...)
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return k, path
}

// exchange puts another file in place at once, as a careful operator does.
func exchange(t *testing.T, path string, numbers ...byte) {
	t.Helper()
	text := ""
	for _, n := range numbers {
		text += line(n)
	}
	exchangeText(t, path, text)
}

func exchangeText(t *testing.T, path, text string) {
	t.Helper()
	write(t, path+".new", text, 0o600)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// Instances must open with a new key before anyone seals with it: it is enough
// that the file with the added key lies there.
func TestAddedKeyOpensWithoutARestart(t *testing.T) {
	k, path := followed(t, 1)
	sealed := ring(t, 2, 1).Seal(seed, label)
	if _, err := k.Open(sealed, label); !errors.Is(err, ErrUnknownKey) {
		t.Fatalf("opened with a key it cannot have: %v", err)
	}
	exchange(t, path, 1, 2)
	if plain, err := k.Open(sealed, label); err != nil || !bytes.Equal(plain, seed) {
		t.Errorf("the added key does not open: %v", err)
	}
	if k.CurrentID() != "0000000000000001" {
		t.Errorf("the added key seals: %v", k.IDs())
	}
}

func TestSealingFollowsTheFile(t *testing.T) {
	k, path := followed(t, 1)
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" {
		t.Errorf("sealed by %s", got)
	}
	exchange(t, path, 1, 2)
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" {
		t.Errorf("an added key seals: %s", got)
	}
	exchange(t, path, 2, 1)
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000002" {
		t.Errorf("sealed by %s after another key came to the front", got)
	}
	if got := SealedBy(k.Snapshot().Seal(seed, label)); got != "0000000000000002" {
		t.Errorf("a snapshot seals by %s", got)
	}
}

func TestSnapshotStays(t *testing.T) {
	k, path := followed(t, 1)
	exchange(t, path, 1, 2)
	snapshot := k.Snapshot()
	exchange(t, path, 2, 1)
	if got := SealedBy(snapshot.Seal(seed, label)); got != "0000000000000001" || len(snapshot.IDs()) != 2 {
		t.Errorf("a snapshot sealed by %s, keys %v", got, snapshot.IDs())
	}
	if changed, err := snapshot.Reload(); changed || err != nil {
		t.Errorf("a snapshot reloads: %v, %v", changed, err)
	}
}

func TestReloadSaysWhatChanged(t *testing.T) {
	k, path := followed(t, 1)
	for _, c := range []struct {
		numbers []byte
		changed bool
	}{{[]byte{1}, false}, {[]byte{1, 2}, true}, {[]byte{1, 2}, false}, {[]byte{2, 1}, true}, {[]byte{2}, true}} {
		exchange(t, path, c.numbers...)
		changed, err := k.Reload()
		if err != nil || changed != c.changed {
			t.Errorf("%v: changed %v, %v", c.numbers, changed, err)
		}
		if len(k.IDs()) != len(c.numbers) {
			t.Errorf("%v: keys %v", c.numbers, k.IDs())
		}
	}
}

// A wrong copy takes nothing away from a running server.
func TestRetiredKeyOpensUntilTheEnd(t *testing.T) {
	k, path := followed(t, 2, 1)
	sealed := ring(t, 1).Seal(seed, label)
	exchange(t, path, 2)
	if changed, err := k.Reload(); !changed || err != nil {
		t.Fatalf("%v, %v", changed, err)
	}
	if _, err := k.Open(sealed, label); err != nil {
		t.Errorf("the key that is gone from the file does not open: %v", err)
	}
	exchange(t, path, 3, 2)
	if _, err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(sealed, label); err != nil {
		t.Errorf("nor after another change: %v", err)
	}
	if slices.Contains(k.IDs(), "0000000000000001") || slices.Contains(k.Snapshot().IDs(), "0000000000000001") {
		t.Errorf("it still counts as a key of the file: %v", k.IDs())
	}
}

func TestUnusableFilesChangeNothing(t *testing.T) {
	foreign := fmt.Sprintf("%016x %s\n", 1, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{99}, 32)))
	for name, c := range map[string]struct {
		text string
		mode fs.FileMode
		want string
	}{
		"another secret": {foreign, 0o600, "the key 0000000000000001 is not the one it was"},
		"damaged":        {line(1) + "dam", 0o600, "line 2"},
		"empty":          {"", 0o600, "holds no key"},
		"open to others": {line(1) + line(2), 0o644, "chmod 600"},
	} {
		k, path := followed(t, 1, 2)
		sealed := k.Seal(seed, label)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		write(t, path, c.text, c.mode)
		if changed, err := k.Reload(); changed || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, changed, err)
		}
		if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" || len(k.IDs()) != 2 {
			t.Errorf("%s: sealed by %s, keys %v", name, got, k.IDs())
		}
		if _, err := k.Open(ring(t, 8).Seal(seed, label), label); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := k.Open(sealed, label); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	k, path := followed(t, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	k.Seal(seed, label)
}

// An idle server may sleep through a whole rotation, or be given the file of
// something else. Both open what they find; neither seals with a key that comes
// without the one before it, unless that one was retired.
func TestFileWithoutTheKeyThatSeals(t *testing.T) {
	k, path := followed(t, 1)
	sealed := ring(t, 3, 2).Seal(seed, label)
	exchange(t, path, 3, 2)
	if _, err := k.Open(sealed, label); err != nil {
		t.Errorf("the new key does not open: %v", err)
	}
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" || k.CurrentID() != got {
		t.Errorf("sealed by %s", got)
	}
	want := "does not hold the key 0000000000000001, which goes on sealing"
	if _, err := k.Reload(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if !k.GiveUp("0000000000000009") || k.CurrentID() != "0000000000000001" {
		t.Errorf("another key was given up for %s", k.CurrentID())
	}
	if !k.GiveUp("0000000000000001") || k.CurrentID() != "0000000000000003" {
		t.Errorf("a retired key was given up for %s", k.CurrentID())
	}
	if _, err := k.Reload(); err != nil {
		t.Errorf("the file fits now: %v", err)
	}
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000003" {
		t.Errorf("sealed by %s", got)
	}
	if k.GiveUp("0000000000000003") {
		t.Error("the first key of the file was given up for itself")
	}
}

func TestSubkeysStayWhileTheProcessRuns(t *testing.T) {
	const purpose = "imagemaster/csrf/v1"
	k, path := followed(t, 1)
	before := k.Subkey(purpose)
	exchange(t, path, 2, 1)
	if _, err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if k.Subkey(purpose) != before || k.Snapshot().Subkey(purpose) != before {
		t.Error("the keys of other purposes changed under a running process")
	}
}

// Followers seal and open while the file goes through whole rotations: nothing
// is ever unreadable, and nothing is sealed with a key that was only added.
func TestFollowingUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	var followers []*Keyring
	for range 2 {
		k, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		followers = append(followers, k)
	}
	var mu sync.Mutex
	added := map[string]bool{} // not yet used
	done := make(chan struct{})
	var load sync.WaitGroup
	for i := range 4 {
		load.Go(func() {
			mine, other := followers[i%2], followers[(i+1)%2]
			for {
				select {
				case <-done:
					return
				default:
				}
				mu.Lock()
				sealed := mine.Seal(seed, label)
				early := added[SealedBy(sealed)]
				mu.Unlock()
				if early {
					t.Error("sealed with a key that was only added")
					return
				}
				if plain, err := other.Open(sealed, label); err != nil || !bytes.Equal(plain, seed) {
					t.Errorf("the other instance cannot open: %v", err)
					return
				}
			}
		})
	}
	for range 20 {
		rotate(t, path, func(id string, only bool) {
			mu.Lock()
			defer mu.Unlock()
			added[id] = only
		})
		for _, k := range followers { // none sleeps through the next rotation
			k.GiveUp(k.CurrentID())
		}
	}
	close(done)
	load.Wait()
}

func rotate(t *testing.T, path string, note func(id string, only bool)) {
	t.Helper()
	var added, old string
	err := Edit(path, func(f *File) error {
		old, added = f.Keyring().CurrentID(), f.Add()
		note(added, true)
		return nil
	})
	if err == nil {
		note(added, false)
		err = Edit(path, func(f *File) error { return f.Use(added) })
	}
	if err != nil {
		t.Error(err)
		return
	}
	// Whether anything is sealed by the old key is for others to know.
	if err := Edit(path, func(f *File) error { return f.Remove(old) }); err != nil {
		t.Error(err)
	}
}
