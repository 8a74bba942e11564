package secretbox

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxKeyFile bounds what is read: some hundreds of keys.
const maxKeyFile = 64 << 10

const keyFileHeader = "# Key ring: seals the secrets kept in the database. The first key seals, all keys open.\n" +
	"# Keep a copy in a safe place, apart from copies of the database. Without it no\n" +
	"# authenticator key can be read, and everyone has to set up the second factor again.\n"

// NewKeyFile makes a key file with one new key, readable by its owner only. It
// never overwrites: the error then matches fs.ErrExist. The file appears under
// its name complete or not at all, so that a second process starting at the
// same moment cannot read half of it.
func NewKeyFile(path string) error {
	temporary, err := writeTemporary(filepath.Dir(path), newKeyFileText())
	if err != nil {
		return fmt.Errorf("make key file %s: %w", path, err)
	}
	defer os.Remove(temporary)
	err = os.Link(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("key file %s exists already and was left as it is: %w", path, fs.ErrExist)
	}
	if err != nil { // a file system without hard links
		err = copyExclusive(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("make key file %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func newKeyFileText() []byte {
	var id [idSize]byte
	var secret [keySize]byte
	rand.Read(id[:])
	rand.Read(secret[:])
	return fmt.Appendf(nil, "%s%x %s\n", keyFileHeader, id, base64.StdEncoding.EncodeToString(secret[:]))
}

// writeTemporary relies on os.CreateTemp making files of mode 0600.
func writeTemporary(folder string, text []byte) (name string, err error) {
	f, err := os.CreateTemp(folder, ".key-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func copyExclusive(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		os.Remove(to)
	}
	return err
}

// syncFolder makes the new name survive a power loss.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Load reads a key file. A file that others may read or the group may change
// is refused. Reading by the group is allowed, because that is how mounted
// secrets reach a service that does not run as their owner.
func Load(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close()
	if err := checkMode(path, f); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	ring, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return ring, nil
}

func checkMode(path string, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("key file %s is not a file", path)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o037 != 0 {
		return fmt.Errorf("key file %s can be read or changed by other users (mode %04o): run chmod 600 on it", path, mode)
	}
	return nil
}

// parse reads the text of a key file. Its errors say which line and what is
// wrong, never what stands there.
func parse(text []byte) (*Keyring, error) {
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("is larger than %d KiB", maxKeyFile>>10)
	}
	ring := &Keyring{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if ring.holds(key.id) {
			return nil, fmt.Errorf("line %d: an earlier key has the same id", number)
		}
		ring.keys = append(ring.keys, key)
	}
	if len(ring.keys) == 0 {
		return nil, errors.New("holds no key")
	}
	return ring, nil
}

func parseKey(line []byte) (ringKey, error) {
	fields := bytes.Fields(line)
	if len(fields) != 2 {
		return ringKey{}, errors.New("expected a key id, a space and a key")
	}
	id, err := hex.DecodeString(string(fields[0]))
	if err != nil || len(id) != idSize {
		return ringKey{}, fmt.Errorf("the key id is not %d hexadecimal digits", 2*idSize)
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(string(fields[1]))
	if err != nil || len(secret) != keySize {
		return ringKey{}, fmt.Errorf("the key is not %d bytes in base64", keySize)
	}
	return newRingKey([idSize]byte(id), [keySize]byte(secret))
}

func (k *Keyring) holds(id [idSize]byte) bool {
	for _, key := range k.keys {
		if key.id == id {
			return true
		}
	}
	return false
}
