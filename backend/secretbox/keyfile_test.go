package secretbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestNewKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(k.IDs()) != 1 || len(k.CurrentID()) != 2*idSize {
		t.Errorf("ids %v", k.IDs())
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
	second := filepath.Join(t.TempDir(), "keys")
	if err := NewKeyFile(second); err != nil {
		t.Fatal(err)
	}
	other, err := Load(second)
	if err != nil || other.CurrentID() == k.CurrentID() || other.held()[0].secret == k.held()[0].secret {
		t.Errorf("two new files hold the same key: %v", err)
	}
}

func TestNewKeyFileNeverOverwrites(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"full": line(1), "empty": ""} {
		path := filepath.Join(folder, name)
		write(t, path, text, 0o600)
		err := NewKeyFile(path)
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	if err := NewKeyFile(filepath.Join(folder, "missing", "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that does not exist: %v", err)
	}
	if err := os.Symlink(filepath.Join(folder, "elsewhere"), filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	if err := NewKeyFile(filepath.Join(folder, "link")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("through a link: %v", err)
	}
}

// Several servers may start at once: one makes the file and all read the same.
func TestNewKeyFileInParallel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var wg sync.WaitGroup
	var mu sync.Mutex
	made, ids := 0, make(map[string]bool)
	for range 16 {
		wg.Go(func() {
			err := NewKeyFile(path)
			if err != nil && !errors.Is(err, fs.ErrExist) {
				t.Error(err)
				return
			}
			k, loadErr := Load(path)
			if loadErr != nil {
				t.Error(loadErr)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			}
			ids[k.CurrentID()] = true
		})
	}
	wg.Wait()
	if made != 1 || len(ids) != 1 {
		t.Errorf("made %d times, %d keys", made, len(ids))
	}
}

func TestCopyExclusive(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "from"), filepath.Join(folder, "to")
	write(t, from, line(1), 0o600)
	if err := copyExclusive(from, to, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(to); err != nil {
		t.Error(err)
	}
	if err := copyExclusive(from, to, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("copied over a file: %v", err)
	}
}

func TestLoadChecksWhoMayRead(t *testing.T) {
	for mode, want := range map[fs.FileMode]bool{
		0o400: true, 0o600: true, 0o440: true, 0o640: true,
		0o644: false, 0o604: false, 0o666: false, 0o660: false, 0o602: false, 0o620: false, 0o610: false, 0o601: false,
	} {
		path := filepath.Join(t.TempDir(), "keys")
		write(t, path, line(1), mode)
		_, err := Load(path)
		if (err == nil) != want {
			t.Errorf("mode %o: %v", mode, err)
		}
		if err != nil && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "chmod 600")) {
			t.Errorf("mode %o: the sentence does not help: %v", mode, err)
		}
	}
}

func TestLoadWhatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	if _, err := Load(filepath.Join(folder, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("folder: %v", err)
	}
	path := filepath.Join(folder, "keys")
	write(t, path, line(1), 0o600)
	link := filepath.Join(folder, "link") // mounted secrets are links
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(link); err != nil {
		t.Errorf("link: %v", err)
	}
}

func TestDamagedKeyFiles(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	root := rootWord + " " + secret + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "holds no key"},
		"comments":       {"# nothing\n\n", "holds no key"},
		"zeros":          {strings.Repeat("\x00", 100), "line 1: expected a key id, a space and a key"},
		"no key":         {"0000000000000007\n", "line 1: expected a key id, a space and a key"},
		"no id":          {secret + "\n", "line 1: expected a key id, a space and a key"},
		"three fields":   {"0000000000000007 " + secret + " x\n", "line 1: expected a key id, a space and a key"},
		"short id":       {"07 " + secret, "line 1: the key id is not 16 hexadecimal digits"},
		"bad id":         {"000000000000000g " + secret, "line 1: the key id is not 16 hexadecimal digits"},
		"long id":        {"000000000000000007 " + secret, "line 1: the key id is not 16 hexadecimal digits"},
		"cut key":        {"0000000000000007 " + secret[:40], "line 1: the key is not 32 bytes in base64"},
		"long key":       {"0000000000000007 " + base64.StdEncoding.EncodeToString(make([]byte, 33)), "line 1: the key is not 32 bytes in base64"},
		"unpadded key":   {"0000000000000007 " + strings.TrimRight(secret, "="), "line 1: the key is not 32 bytes in base64"},
		"loose last bit": {"0000000000000007 " + secret[:42] + "d=", "line 1: the key is not 32 bytes in base64"},
		"second line":    {"# head\n" + line(1) + "damaged\n", "line 3: expected a key id, a space and a key"},
		"twice":          {line(1) + line(2) + line(1), "line 3: an earlier key has the same id"},
		"two roots":      {line(1) + root + root, "line 3: an earlier line begins with subkeys"},
		"damaged root":   {line(1) + root[:40], "line 2: the key is not 32 bytes in base64"},
		"root alone":     {root, "holds no key"},
		"large":          {strings.Repeat("#", maxKeyFile+1), "is larger than 64 KiB"},
	} {
		path := filepath.Join(t.TempDir(), "keys")
		write(t, path, c.text, 0o600)
		_, err := Load(path)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if want := "key file " + path + ": " + c.want; err.Error() != want {
			t.Errorf("%s: %q, want %q", name, err, want)
		}
		if strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("%s: the sentence shows the key", name)
		}
	}
}

func TestLenientKeyFiles(t *testing.T) {
	for name, text := range map[string]string{
		"no last newline": strings.TrimSpace(line(1)),
		"Windows":         "# head\r\n" + strings.ReplaceAll(line(1), "\n", "\r\n"),
		"indented":        "\n   # head\n\t" + line(1) + "\n",
		"tab":             strings.Replace(line(1), " ", "\t", 1),
	} {
		k, err := parse([]byte(text))
		if err != nil || k.CurrentID() != "0000000000000001" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	err := os.WriteFile(path, []byte(text), mode)
	if err == nil {
		err = os.Chmod(path, mode) // whatever the umask is
	}
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(keyFileHeader + line(1) + line(2)))
	f.Add([]byte("0000000000000001 AAAA"))
	f.Add([]byte("\x00\r\n#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := parse(text)
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for _, id := range k.IDs() {
			if len(id) != 2*idSize || seen[id] {
				t.Errorf("ids %v", k.IDs())
			}
			seen[id] = true
		}
		sealed := k.Seal(seed, label)
		if plain, err := k.Open(sealed, label); err != nil || !bytes.Equal(plain, seed) {
			t.Errorf("the ring does not open what it sealed: %v", err)
		}
	})
}
