// Package backup writes the whole database to one file and makes a database from
// such a file again, on the same engine or the other.
//
// A backup is an SQLite database with a trailer of 512 bytes, which SQLite does
// not look at. The trailer names the program, the time, the engine, the schema and
// a key of the key file, and ends with an HMAC-SHA-256 over every byte before it,
// under a key derived from that key (docs/evidence.md, H8). Who can write files but
// has no key file can therefore not make a backup that is accepted, nor change or
// cut one. The key file is not in it: the secrets of the authenticator apps stay
// sealed.
//
// Only the operator's commands call this package. A backup holds sessions, known
// browsers and spent codes of its time. What an attacker could try is to have
// those become valid again. So Restoration.Finish ends them before the database
// appears under its name: package auth says what ends.
package backup

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

// macLabel names the purpose of the key of the HMAC.
const macLabel = "imagemaster/backup/v1"

// macSize is the last part of the trailer: the HMAC in hexadecimal, and a line end.
const macSize = 2*sha256.Size + 1

// temporaryPrefix begins the names of files that are not finished.
const temporaryPrefix = ".imagemaster-backup-"

// Manifest says where a backup comes from.
type Manifest struct {
	Version   string `json:"version"`    // of the program
	CreatedAt int64  `json:"created_at"` // Unix ms
	Engine    string `json:"engine"`
	Schema    int64  `json:"schema"`
	RingKeyID string `json:"ring_key_id"` // whose key the HMAC is under
}

// Time is when the backup was made.
func (m Manifest) Time() time.Time { return time.UnixMilli(m.CreatedAt).UTC() }

// ErrNotGenuine refuses a file that is not as it was written.
var ErrNotGenuine = errors.New("the backup is damaged, cut short or forged: use another one")

// Create writes a backup. Others may write to the database meanwhile. The file
// appears under its name complete or not at all, for its owner only, and never
// takes the place of another.
func Create(ctx context.Context, db *database.DB, ring *secretbox.Keyring, path, version string, now time.Time) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, errExists(path)
	}
	dir := filepath.Dir(path)
	if err := removeStale(dir); err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	file, err := os.CreateTemp(dir, temporaryPrefix+"*") // mode 0600
	if err != nil {
		return m, fmt.Errorf("the backup cannot be written into the folder %s: %w", dir, access.Cause(err))
	}
	defer os.Remove(file.Name()) // does nothing after a rename
	// SQLite loses its own locks when this process closes another handle on the
	// file, so it stays open. The lock tells other backups that it is in use.
	defer func() { _ = file.Close() }()
	if _, err := database.LockFile(file); err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	m = Manifest{Version: version, CreatedAt: now.UnixMilli(), Engine: db.Engine(), RingKeyID: ring.CurrentID()}
	if m.Schema, err = db.CopyTo(ctx, file.Name()); err != nil {
		return m, fmt.Errorf("copy the database into %s: %w", dir, err)
	}
	if err := seal(file, ring, m); err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	return m, publish(file.Name(), path)
}

func errExists(path string) error {
	return fmt.Errorf("%s exists already and was left as it is: name another file", path)
}

// removeStale deletes what killed backups have left in a folder.
func removeStale(dir string) error {
	left, err := filepath.Glob(filepath.Join(globless(dir), temporaryPrefix+"*"))
	if err != nil {
		return err
	}
	for _, name := range left {
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
			continue // nothing that a backup has left
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // another user's, or gone
		}
		if free, err := database.LockFile(file); err == nil && free {
			_ = os.Remove(name)
		}
		_ = file.Close()
	}
	return nil
}

// globless escapes what has a meaning in a pattern.
func globless(dir string) string {
	if runtime.GOOS == "windows" {
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// seal appends the trailer and flushes the file to disk.
func seal(file *os.File, ring *secretbox.Keyring, m Manifest) error {
	mac, ok := newMAC(ring, m.RingKeyID)
	text, err := json.Marshal(m)
	if err != nil || !ok {
		return errors.Join(err, errors.New("no key"))
	}
	trailer := append([]byte(database.BackupMark), text...)
	room := database.BackupTrailer - macSize - 1
	if len(trailer) > room {
		return fmt.Errorf("the trailer has no room for %d bytes", len(trailer))
	}
	trailer = append(append(trailer, bytes.Repeat([]byte(" "), room-len(trailer))...), '\n')
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := io.Copy(mac, io.NewSectionReader(file, 0, end)); err != nil {
		return err
	}
	mac.Write(trailer)
	if _, err := file.Write(fmt.Appendf(trailer, "%x\n", mac.Sum(nil))); err != nil {
		return err
	}
	return file.Sync()
}

func newMAC(ring *secretbox.Keyring, id string) (hash.Hash, bool) {
	key, ok := ring.KeySubkey(id, macLabel)
	if !ok {
		return nil, false
	}
	return hmac.New(sha256.New, key[:]), true
}

// publish gives a finished file its name, unless the name is taken.
func publish(temporary, path string) error {
	err := os.Link(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return errExists(path)
	}
	if err != nil { // a file system without hard links
		if _, err := os.Lstat(path); err == nil {
			return errExists(path)
		}
		if err := os.Rename(temporary, path); err != nil {
			return fmt.Errorf("write the backup: %w", err)
		}
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes new names survive a power loss.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Check reads a whole backup and refuses one that is not genuine.
func Check(ctx context.Context, path string, ring *secretbox.Keyring) (Manifest, error) {
	return extract(ctx, path, ring, io.Discard)
}

// reader reads until ctx ends: a file may be larger than anybody waits for.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// extract writes the database of a backup to out. What it has written counts only
// when it returns no error.
func extract(ctx context.Context, path string, ring *secretbox.Keyring, out io.Writer) (m Manifest, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return m, fmt.Errorf("open the backup: %w", err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		return m, fmt.Errorf("the backup %s is not a file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return m, fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = file.Close() }()
	size := info.Size() - database.BackupTrailer
	trailer := make([]byte, database.BackupTrailer)
	if size < 0 {
		return m, ErrNotGenuine
	}
	if _, err := file.ReadAt(trailer, size); err != nil {
		return m, fmt.Errorf("read the backup: %w", err)
	}
	said, text := trailer[len(trailer)-macSize:], trailer[:len(trailer)-macSize]
	marked, found := bytes.CutPrefix(text, []byte(database.BackupMark))
	if !found {
		return m, fmt.Errorf("%s is not a backup of `imagemaster backup`, or it was cut short", path)
	}
	if err := json.Unmarshal(marked, &m); err != nil {
		return m, ErrNotGenuine
	}
	mac, ok := newMAC(ring, m.RingKeyID)
	if !ok {
		return m, fmt.Errorf("the backup needs the key %q, which the key file does not hold: put the key file of that time in place, or append its line of this key to the present one", m.RingKeyID)
	}
	if _, err := io.Copy(io.MultiWriter(mac, out), reader{ctx, io.NewSectionReader(file, 0, size)}); err != nil {
		return m, fmt.Errorf("read the backup: %w", err)
	}
	mac.Write(text)
	if !hmac.Equal(said, append(hex.AppendEncode(nil, mac.Sum(nil)), '\n')) {
		return m, ErrNotGenuine
	}
	return m, nil
}
