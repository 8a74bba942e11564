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

// loaded is the ring of a running process and its key file.
func loaded(t *testing.T, numbers ...byte) (*Keyring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	exchange(t, path, numbers...)
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return k, path
}

// exchange puts another file in place at once, as the manual says.
func exchange(t *testing.T, path string, numbers ...byte) {
	t.Helper()
	text := ""
	for _, n := range numbers {
		text += line(n)
	}
	write(t, path+".new", text, 0o600)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func accept(*Keyring) error { return nil }

func reload(t *testing.T, k *Keyring) {
	t.Helper()
	if err := k.Reload(accept); err != nil {
		t.Fatal(err)
	}
}

func TestNothingReadsTheFileButReload(t *testing.T) {
	k, path := loaded(t, 1)
	sealed := ring(t, 2, 1).Seal(seed, label)
	exchange(t, path, 2, 1)
	if _, err := k.Open(sealed, label); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("opens with a key of the new file: %v", err)
	}
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" || len(k.IDs()) != 1 {
		t.Errorf("sealed by %s, keys %v", got, k.IDs())
	}
	reload(t, k)
	if plain, err := k.Open(sealed, label); err != nil || !bytes.Equal(plain, seed) {
		t.Errorf("the key of the new file does not open: %v", err)
	}
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000002" || len(k.IDs()) != 2 {
		t.Errorf("sealed by %s, keys %v", got, k.IDs())
	}
}

func TestTheFirstKeyOfTheFileSealsAfterAReload(t *testing.T) {
	k, path := loaded(t, 1)
	for _, c := range []struct {
		numbers []byte
		want    string
	}{
		{[]byte{1}, "0000000000000001"},
		{[]byte{1, 2}, "0000000000000001"},
		{[]byte{2, 1}, "0000000000000002"},
		{[]byte{2}, "0000000000000002"},
		{[]byte{3, 4}, "0000000000000003"}, // this process has missed a whole rotation
		{[]byte{1, 3}, "0000000000000001"},
	} {
		exchange(t, path, c.numbers...)
		reload(t, k)
		if got := SealedBy(k.Seal(seed, label)); got != c.want || k.CurrentID() != got || len(k.IDs()) != len(c.numbers) {
			t.Errorf("%v: sealed by %s, keys %v", c.numbers, got, k.IDs())
		}
	}
}

func TestARemovedKeyOpensUntilTheProcessEnds(t *testing.T) {
	k, path := loaded(t, 2, 1)
	sealed := ring(t, 1).Seal(seed, label)
	for _, numbers := range [][]byte{{2}, {3, 2}, {3}} {
		exchange(t, path, numbers...)
		reload(t, k)
		if _, err := k.Open(sealed, label); err != nil {
			t.Errorf("%v: the removed key does not open: %v", numbers, err)
		}
		if slices.Contains(k.IDs(), "0000000000000001") {
			t.Errorf("%v: it still counts as a key of the file: %v", numbers, k.IDs())
		}
	}
	foreign := fmt.Sprintf("%016x %s\n", 1, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{99}, keySize)))
	write(t, path, line(3)+foreign, 0o600)
	if err := k.Reload(accept); err == nil || !strings.Contains(err.Error(), "0000000000000001 is not the one it was") {
		t.Errorf("the removed key came back with another secret: %v", err)
	}
}

func TestARefusedFileChangesNothing(t *testing.T) {
	foreign := fmt.Sprintf("%016x %s\n", 1, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{99}, keySize)))
	for name, c := range map[string]struct {
		text string
		mode fs.FileMode
		want string
	}{
		"another secret": {foreign + line(8), 0o600, "the key 0000000000000001 is not the one it was"},
		"damaged":        {line(8) + "dam", 0o600, "line 2"},
		"empty":          {"", 0o600, "holds no key"},
		"open to others": {line(8) + line(2), 0o644, "chmod 600"},
	} {
		k, path := loaded(t, 1, 2)
		sealed := k.Seal(seed, label)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		write(t, path, c.text, c.mode)
		err := k.Reload(func(*Keyring) error {
			t.Errorf("%s: the caller is asked", name)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		unchanged(t, name, k, sealed)
	}
	k, path := loaded(t, 1, 2)
	sealed := k.Seal(seed, label)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(accept); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	unchanged(t, "missing", k, sealed)
}

// unchanged checks that a ring is still that of the keys 1 and 2.
func unchanged(t *testing.T, name string, k *Keyring, sealed []byte) {
	t.Helper()
	if got := SealedBy(k.Seal(seed, label)); got != "0000000000000001" || len(k.IDs()) != 2 {
		t.Errorf("%s: sealed by %s, keys %v", name, got, k.IDs())
	}
	if _, err := k.Open(ring(t, 8).Seal(seed, label), label); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("%s: a key of the refused file opens: %v", name, err)
	}
	if _, err := k.Open(sealed, label); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestTheCallerJudgesTheFileAlone(t *testing.T) {
	k, path := loaded(t, 1, 2)
	sealed := k.Seal(seed, label)
	exchange(t, path, 8)
	fault := errors.New("no")
	err := k.Reload(func(file *Keyring) error {
		if ids := file.IDs(); len(ids) != 1 || ids[0] != "0000000000000008" || file.CurrentID() != ids[0] {
			t.Errorf("the file holds %v", ids)
		}
		if _, err := file.Open(sealed, label); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("the file alone opens with a key that it does not hold: %v", err)
		}
		return fault
	})
	if !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
	unchanged(t, "refused", k, sealed)
}

func TestSubkeysStayWhileTheProcessRuns(t *testing.T) {
	const purpose = "imagemaster/csrf/v1"
	k, path := loaded(t, 1)
	before := k.Subkey(purpose)
	exchange(t, path, 2, 1)
	reload(t, k)
	if k.Subkey(purpose) != before {
		t.Error("the keys of other purposes changed in a running process")
	}
}

// Two instances seal and open all the time while keys are rotated in the order
// of the manual: neither ever reads a value that it cannot open.
func TestRotationUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	var instances []*Keyring
	for range 2 {
		k, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		instances = append(instances, k)
	}
	done := make(chan struct{})
	var load sync.WaitGroup
	for i := range 4 {
		load.Go(func() {
			mine, other := instances[i%2], instances[(i+1)%2]
			for {
				select {
				case <-done:
					return
				default:
				}
				if plain, err := other.Open(mine.Seal(seed, label), label); err != nil || !bytes.Equal(plain, seed) {
					t.Errorf("the other instance cannot open: %v", err)
					return
				}
			}
		})
	}
	for range 20 {
		var added string
		old := instances[0].CurrentID()
		for _, change := range []func(*File) error{
			func(f *File) error { added = f.Add(); return nil },
			func(f *File) error { return f.Use(added) },
			func(f *File) error { return f.Remove(old) },
		} {
			if err := Edit(path, change); err != nil {
				t.Error(err)
			}
			for _, k := range instances {
				if err := k.Reload(accept); err != nil {
					t.Error(err)
				}
			}
		}
		if got := instances[0].CurrentID(); got != added || instances[1].CurrentID() != added {
			t.Errorf("%s seals, want %s", got, added)
		}
	}
	close(done)
	load.Wait()
}

// Reloads at the same moment leave the ring as the last file says, and forget no
// key that once was in it.
func TestReloadsInParallel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := k.Seal(seed, label)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := Edit(path, func(f *File) error {
				old := f.Keyring().CurrentID()
				if err := f.Use(f.Add()); err != nil {
					return err
				}
				return f.Remove(old)
			})
			if err := errors.Join(err, k.Reload(accept)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	last, err := Load(path)
	if err != nil || k.CurrentID() != last.CurrentID() || len(k.IDs()) != 1 {
		t.Errorf("%s seals, the file says %s: %v", k.CurrentID(), last.CurrentID(), err)
	}
	if _, err := k.Open(sealed, label); err != nil {
		t.Errorf("the first key was forgotten: %v", err)
	}
}
