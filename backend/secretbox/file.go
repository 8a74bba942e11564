package secretbox

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imagemaster/backend/config"
)

const keyFileHeader = "# Key ring: seals the secrets kept in the database. The first key seals, all keys open.\n" +
	"# The keys of other purposes come from the line subkeys, which stays when keys change.\n" +
	"# Keep a copy in a safe place, apart from copies of the database. Without it no\n" +
	"# authenticator key can be read, and everyone has to set up the second factor again.\n"

// unusedMark is a line of a new key file. It is taken out when the key has sealed
// something (MarkUsed). Without it the file belongs to a database.
const unusedMark = "# Unused: the first start with the embedded database removes this line.\n"

// rootWord begins the line that the keys of other purposes come from.
const rootWord = "subkeys"

var (
	// ErrNoKey means that the file holds no key of that id.
	ErrNoKey = errors.New("secretbox: no such key in the file")

	// ErrSeals means that the key is the first of the file.
	ErrSeals = errors.New("secretbox: the key seals")
)

// File is a parsed key file. It keeps comments and empty lines. A line of any
// other form is refused.
type File struct{ lines []fileLine }

// fileLine is one line with its end. It holds a key, the root of the other
// purposes, or neither.
type fileLine struct {
	text []byte
	key  *ringKey
	root *[keySize]byte
}

func newFile() *File {
	f := &File{}
	for text := range bytes.Lines([]byte(keyFileHeader + unusedMark)) {
		f.lines = append(f.lines, fileLine{text: text})
	}
	f.Add()
	var root [keySize]byte
	rand.Read(root[:])
	f.lines = append(f.lines, rootLine(root))
	return f
}

func keyLine(key ringKey) fileLine {
	return fileLine{text: fmt.Appendf(nil, "%s %s\n", key.name(), base64.StdEncoding.EncodeToString(key.secret[:])), key: &key}
}

func rootLine(root [keySize]byte) fileLine {
	return fileLine{text: fmt.Appendf(nil, "%s %s\n", rootWord, base64.StdEncoding.EncodeToString(root[:])), root: &root}
}

// parseFile reads the text of a key file. Its errors say which line and what is
// wrong, never what stands there.
func parseFile(text []byte) (*File, error) {
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("is larger than %d KiB", maxKeyFile>>10)
	}
	plain, err := config.WithoutBOM(text)
	if err != nil {
		return nil, err
	}
	f := &File{}
	for line := range bytes.Lines([]byte(plain)) {
		parsed, err := f.parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(f.lines)+1, err)
		}
		f.lines = append(f.lines, parsed)
	}
	if len(f.keys()) == 0 {
		return nil, errors.New("holds no key")
	}
	return f, nil
}

func (f *File) parseLine(text []byte) (fileLine, error) {
	line := fileLine{text: bytes.Clone(text)}
	words := bytes.TrimSpace(text)
	if len(words) == 0 || words[0] == '#' {
		return line, nil
	}
	fields := bytes.Fields(words)
	if len(fields) != 2 {
		return line, errors.New("expected a key id, a space and a key")
	}
	if string(fields[0]) == rootWord {
		root, err := parseSecret(fields[1])
		line.root = &root
		if err == nil && slices.ContainsFunc(f.lines, func(l fileLine) bool { return l.root != nil }) {
			err = errors.New("an earlier line begins with " + rootWord)
		}
		return line, err
	}
	key, err := parseKey(fields[0], fields[1])
	if err != nil {
		return line, err
	}
	if f.index(key.name()) >= 0 {
		return line, errors.New("an earlier key has the same id")
	}
	line.key = &key
	return line, nil
}

func parseKey(name, text []byte) (ringKey, error) {
	id, err := hex.DecodeString(string(name))
	if err != nil || len(id) != idSize {
		return ringKey{}, fmt.Errorf("the key id is not %d hexadecimal digits", 2*idSize)
	}
	secret, err := parseSecret(text)
	if err != nil {
		return ringKey{}, err
	}
	return newRingKey([idSize]byte(id), secret)
}

func parseSecret(text []byte) (secret [keySize]byte, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil || len(raw) != keySize {
		return secret, fmt.Errorf("the key is not %d bytes in base64", keySize)
	}
	return [keySize]byte(raw), nil
}

func (f *File) text() []byte {
	var text []byte
	for _, line := range f.lines {
		text = append(text, line.text...)
	}
	return text
}

func (f *File) keys() []ringKey {
	var keys []ringKey
	for _, line := range f.lines {
		if line.key != nil {
			keys = append(keys, *line.key)
		}
	}
	return keys
}

// index returns the line of a key, -1 when the file does not hold it.
func (f *File) index(id string) int {
	return slices.IndexFunc(f.lines, func(l fileLine) bool { return l.key != nil && l.key.name() == id })
}

// keySet returns the keys of the file.
func (f *File) keySet() *keySet {
	r := &keySet{keys: f.keys()}
	for _, line := range f.lines {
		if line.root != nil {
			r.root = *line.root
			return r
		}
	}
	var err error
	if r.root, err = derive(r.keys[0].secret, rootLabel); err != nil {
		panic(err) // only for an output longer than HKDF can give
	}
	return r
}

// Keyring returns the ring of the file as it is now, which cannot be reloaded.
func (f *File) Keyring() *Keyring { return newKeyring("", f.keySet()) }

// unused returns the line of unusedMark, -1 where there is none.
func (f *File) unused() int {
	return slices.IndexFunc(f.lines, func(l fileLine) bool {
		return bytes.Equal(bytes.TrimSpace(l.text), []byte(strings.TrimSpace(unusedMark)))
	})
}

// Holds says whether the file holds a key.
func (f *File) Holds(id string) bool { return f.index(id) >= 0 }

// Add puts a new key behind the others and returns its id. There it opens and
// does not seal.
func (f *File) Add() string {
	f.keepRoot()
	var id [idSize]byte
	var secret [keySize]byte
	rand.Read(id[:])
	rand.Read(secret[:])
	key, err := newRingKey(id, secret)
	if err != nil {
		panic(err) // only for a key of another length
	}
	f.append(keyLine(key))
	return key.name()
}

// append adds a line at the end. A last line without a line end gets one first.
func (f *File) append(line fileLine) {
	last := len(f.lines) - 1
	if last >= 0 && !bytes.HasSuffix(f.lines[last].text, []byte("\n")) {
		f.lines[last].text = append(f.lines[last].text, '\n')
	}
	f.lines = append(f.lines, line)
}

// Use moves a key to the front, so that it seals. ErrNoKey when the file does
// not hold it.
func (f *File) Use(id string) error {
	at := f.index(id)
	if at < 0 {
		return ErrNoKey
	}
	f.keepRoot()
	line := f.lines[at]
	line.text = append(bytes.TrimRight(line.text, "\r\n"), '\n')
	f.lines = slices.Delete(f.lines, at, at+1)
	first := slices.IndexFunc(f.lines, func(l fileLine) bool { return l.key != nil })
	if first < 0 { // the only key
		first = at
	}
	f.lines = slices.Insert(f.lines, first, line)
	return nil
}

// Remove takes a key out. ErrNoKey when the file does not hold it, ErrSeals
// when it is the first.
func (f *File) Remove(id string) error {
	at := f.index(id)
	switch {
	case at < 0:
		return ErrNoKey
	case f.keys()[0].name() == id:
		return ErrSeals
	}
	f.keepRoot()
	f.lines = slices.Delete(f.lines, at, at+1)
	return nil
}

// keepRoot adds the line of the root where it is missing. Without that line the
// root is derived from the first key, and the caller is about to change the
// order of the keys.
func (f *File) keepRoot() {
	if len(f.keys()) == 0 || slices.ContainsFunc(f.lines, func(l fileLine) bool { return l.root != nil }) {
		return
	}
	f.append(rootLine(f.keySet().root))
}
