package auth_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"imagemaster/backend/auth"
	"imagemaster/backend/crockford"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// secrets are what a copy of the database must not yield, by what they are.
// Short ones, which stand in any number by chance, are looked for as words.
type secrets struct {
	long  map[string][]byte
	words map[string]string
}

func newSecrets() *secrets { return &secrets{long: map[string][]byte{}, words: map[string]string{}} }

func (s *secrets) add(what, secret string) {
	if secret != "" {
		s.long[fmt.Sprintf("%s %d", what, len(s.long))] = []byte(secret)
	}
}

// addToken adds a token as it stands in a cookie and the bytes behind it.
func (s *secrets) addToken(what, token string) {
	s.add(what, token)
	if raw, err := base64.RawURLEncoding.DecodeString(token); err == nil {
		s.add(what+" in bytes", string(raw))
	}
}

func (s *secrets) addTokens(t auth.Tokens) {
	s.addToken("session token", t.Session)
	s.addToken("pending token", t.Pending)
	s.addToken("device token", t.Device)
}

// addKey adds an authenticator key in the forms people and apps have it in.
func (s *secrets) addKey(e auth.Enrollment) {
	seed, err := base32.StdEncoding.DecodeString(e.Secret)
	if err != nil {
		panic(err)
	}
	s.add("seed", string(seed))
	s.add("secret key", e.Secret)
	s.add("secret key, lower case", strings.ToLower(e.Secret))
	s.add("secret key, grouped", strings.Join(slices.Collect(chunks(e.Secret, 4)), " "))
	s.add("key URI", e.URI)
}

func chunks(text string, size int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for part := range slices.Chunk([]byte(text), size) {
			if !yield(string(part)) {
				return
			}
		}
	}
}

// addBackupCode adds a backup code as printed, as stored if it were, and what a
// hash without a salt makes of it.
func (s *secrets) addBackupCode(code string) {
	bare := strings.ReplaceAll(code, "-", "")
	for form, text := range map[string]string{"": code, ", bare": bare, ", lower case": strings.ToLower(code), ", bare lower case": strings.ToLower(bare),
		", with spaces": strings.ReplaceAll(code, "-", " "), ", without check symbol": bare[:len(bare)-1]} {
		s.add("backup code"+form, text)
	}
	s.addHashed("backup code", code, bare, bare[:len(bare)-1])
}

func (s *secrets) addPassword(typed string) {
	s.add("password", typed)
	s.addHashed("password", typed)
}

// addHashed adds what a hash without salt and work makes of a secret: it would
// be as good as the secret.
func (s *secrets) addHashed(what string, forms ...string) {
	for _, form := range forms {
		two, one, five := sha256.Sum256([]byte(form)), sha1.Sum([]byte(form)), md5.Sum([]byte(form))
		s.add("SHA-256 of "+what, string(two[:]))
		s.add("SHA-1 of "+what, string(one[:]))
		s.add("MD5 of "+what, string(five[:]))
	}
}

func (s *secrets) addCode(code string) { s.words[fmt.Sprintf("code %d", len(s.words))] = code }

// addRing adds every key of a key file.
func (s *secrets) addRing(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 2 || strings.HasPrefix(line, "#") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(words[1])
		if err != nil {
			t.Fatal(err)
		}
		s.add("key of the key file", string(raw))
	}
}

// encodings are the ways in which a text or a field may hold some bytes. What
// depends on where the bytes begin is given for every beginning.
func encodings(b []byte) map[string][]byte {
	all := map[string][]byte{
		"raw": b, "reversed": reversed(b), "percent": []byte(url.QueryEscape(string(b))), "UTF-16": wide(b),
		"hex": []byte(hex.EncodeToString(b)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(b))),
	}
	for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for shift := range 3 {
			all[fmt.Sprintf("%s at %d", name, shift)] = inside(b, shift, 3, 4, e.EncodeToString)
		}
	}
	for name, alphabet := range map[string]string{"base32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "base32hex": "0123456789ABCDEFGHIJKLMNOPQRSTUV", "Crockford": crockford.Alphabet} {
		e := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
		for shift := range 5 {
			text := inside(b, shift, 5, 8, e.EncodeToString)
			all[fmt.Sprintf("%s at %d", name, shift)] = text
			all[fmt.Sprintf("%s at %d, lower case", name, shift)] = bytes.ToLower(text)
		}
	}
	packed := make([]byte, ascii85.MaxEncodedLen(len(b)))
	all["ascii85"] = packed[:ascii85.Encode(packed, b[:len(b)/4*4])]
	return all
}

// inside returns what an encoding of blocks shows of b in the middle of other
// bytes: without the symbols that b shares with its neighbours.
func inside(b []byte, shift, block, symbols int, encode func([]byte) string) []byte {
	text := encode(slices.Concat(make([]byte, shift), b))
	from := (shift*symbols + block - 1) / block
	to := (shift + len(b)) * symbols / block
	return []byte(text[from:to])
}

func reversed(b []byte) []byte {
	r := bytes.Clone(b)
	slices.Reverse(r)
	return r
}

func wide(b []byte) []byte {
	var w []byte
	for _, unit := range utf16.Encode([]rune(string(b))) {
		w = binary.LittleEndian.AppendUint16(w, unit)
	}
	return w
}

// needle is one encoding of one secret.
type needle struct {
	what string
	text []byte
}

// minNeedle is the shortest text that does not stand in a copy by chance.
const minNeedle = 8

func (s *secrets) needles() (all []needle) {
	for what, secret := range s.long {
		for encoding, text := range encodings(secret) {
			if len(text) >= minNeedle {
				all = append(all, needle{what + " in " + encoding, text})
			}
		}
	}
	return all
}

// in returns every secret that a copy of a database holds, with its encoding.
// The copy is read once, the needles are found by how they begin.
func (s *secrets) in(dump []byte) []string {
	index := map[[minNeedle]byte][]needle{}
	for _, n := range s.needles() {
		begins := [minNeedle]byte(n.text)
		index[begins] = append(index[begins], n)
	}
	found := map[string]bool{}
	for i := range max(len(dump)-minNeedle+1, 0) {
		for _, n := range index[[minNeedle]byte(dump[i:])] {
			if bytes.HasPrefix(dump[i:], n.text) {
				found[n.what] = true
			}
		}
	}
	for what, word := range s.words {
		if regexp.MustCompile(`(^|[^0-9])` + word + `($|[^0-9])`).Match(dump) {
			found[what] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// check looks through a copy made in every way there is.
func (s *secrets) check(t *testing.T, db *database.DB, o database.Options) {
	t.Helper()
	if found := s.in(testdb.Dump(t, db)); len(found) > 0 {
		t.Errorf("the tables hold:\n%s", strings.Join(found, "\n"))
	}
	if o.DSN != "" {
		return
	}
	// Six digits stand in the bytes of a file by chance.
	long := secrets{long: s.long}
	if found := long.in(files(t, o)); len(found) > 0 {
		t.Errorf("the files hold:\n%s", strings.Join(found, "\n"))
	}
}

// proves that the search finds what is there: one secret of each kind is put
// into a table in each encoding, in the middle of something else.
func (s *secrets) proves(t *testing.T, db *database.DB, o database.Options) {
	t.Helper()
	some := s.oneOfEach()
	kind := map[string]string{database.SQLite: "BLOB", database.MySQL: "MEDIUMBLOB"}[db.Engine()]
	testdb.Exec(t, o, "CREATE TABLE planted (id INTEGER PRIMARY KEY, value "+kind+")")
	var want []string
	err := db.InTx(t.Context(), func(tx *database.Tx) error {
		plant := some.needles()
		for what, word := range some.words {
			plant = append(plant, needle{what, []byte(word)})
		}
		want = nil
		for id, n := range plant {
			want = append(want, n.what)
			err := tx.Exec("INSERT INTO planted (id, value) VALUES (?, ?)", id, slices.Concat([]byte("<"), n.text, []byte(">"))).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	some.mustFind(t, "tables", testdb.Dump(t, db), want)
	if o.DSN == "" {
		some.words, want = nil, slices.DeleteFunc(want, func(what string) bool { return some.words[what] != "" })
		some.mustFind(t, "files", files(t, o), want)
	}
}

func (s *secrets) mustFind(t *testing.T, where string, dump []byte, want []string) {
	t.Helper()
	if found := s.in(dump); len(want) == 0 || !slices.Equal(found, want) {
		t.Errorf("in the %s %d texts were planted and %d found", where, len(want), len(found))
	}
}

// oneOfEach leaves out all but one secret of each kind.
func (s *secrets) oneOfEach() *secrets {
	some, kinds := newSecrets(), map[string]bool{}
	for _, what := range slices.Sorted(maps.Keys(s.long)) {
		if kind := strings.TrimRight(what, " 0123456789"); !kinds[kind] {
			kinds[kind] = true
			some.long[what] = s.long[what]
		}
	}
	some.words = s.words
	return some
}

// What the encodings of neighbouring bytes look like is known from the library.
func TestEncodingsAreFoundInside(t *testing.T) {
	secret := []byte("0123456789abcdefghij")
	for before := range 7 {
		for after := range 7 {
			whole := slices.Concat(bytes.Repeat([]byte("<"), before), secret, bytes.Repeat([]byte(">"), after))
			for name, text := range map[string]string{
				"base64 at":  base64.StdEncoding.EncodeToString(whole),
				"base32 at":  base32.StdEncoding.EncodeToString(whole),
				"hex":        hex.EncodeToString(whole),
				"HEX":        strings.ToUpper(hex.EncodeToString(whole)),
				"base64url":  base64.URLEncoding.EncodeToString(whole),
				"base32hex ": base32.HexEncoding.EncodeToString(whole),
			} {
				found := false
				for encoding, part := range encodings(secret) {
					found = found || strings.HasPrefix(encoding, name) && strings.Contains(text, string(part))
				}
				if !found {
					t.Errorf("%s with %d bytes before and %d after is not found", name, before, after)
				}
			}
		}
	}
}
