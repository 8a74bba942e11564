package secretbox

import (
	"path/filepath"
	"slices"
	"testing"

	"imagemaster/backend/access"
)

// A new key file says that it is unused, until it is marked. The keys stay.
func TestAKeyFileSaysThatItWasUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	before, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true, true} {
		if used, err := Used(path, access.Owner); err != nil || used != want {
			t.Errorf("used: %v, %v, want %v", used, err, want)
		}
		if err := MarkUsed(path, access.Owner); err != nil {
			t.Fatal(err)
		}
	}
	after, err := Load(path)
	if err != nil || !slices.Equal(after.IDs(), before.IDs()) || after.Subkey("x/v1") != before.Subkey("x/v1") {
		t.Errorf("the keys have changed: %v, %v", after.IDs(), err)
	}
	if _, err := Used(path+"2", access.Owner); err == nil {
		t.Error("a missing file is no error")
	}
}

// The subkey of a ring key depends on key and label only.
func TestKeySubkey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	ring, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	id := ring.CurrentID()
	first, ok := ring.KeySubkey(id, "a/v1")
	other, _ := ring.KeySubkey(id, "b/v1")
	if !ok || first == other || first == ring.Subkey("a/v1") || first == [32]byte{} {
		t.Error("the subkey of the key is not its own")
	}
	if err := Edit(path, func(f *File) error { return f.Use(f.Add()) }); err != nil {
		t.Fatal(err)
	}
	rotated, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, ok := rotated.KeySubkey(id, "a/v1"); !ok || again != first {
		t.Error("after a rotation it is another one")
	}
	if fresh, ok := rotated.KeySubkey(rotated.CurrentID(), "a/v1"); !ok || fresh == first {
		t.Error("two keys give the same")
	}
	for _, unknown := range []string{"", "x", "0123456789abcdef", id + "00"} {
		if _, ok := ring.KeySubkey(unknown, "a/v1"); ok {
			t.Errorf("the ring knows the key %q", unknown)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("the label of sealing is accepted")
		}
	}()
	ring.KeySubkey(id, sealLabel)
}
