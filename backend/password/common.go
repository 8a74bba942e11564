package password

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Lists of common passwords hold few of 15 characters, because few systems ask
// for so many. People reach that length by writing a short password twice, adding
// a second one or typing along the keyboard. So a password is common when it
// consists of at most two known pieces (words of the lists or sequences) and one
// more character. Three words in a row are always accepted.

var (
	//go:embed common.txt
	commonText string
	//go:embed phrases.txt
	phrasesText string

	knownWords = sync.OnceValue(readKnownWords)
	walks      = sync.OnceValue(readWalks)
)

const (
	minPiece     = 3  // code points in a sequence that counts as one piece
	minWord      = 4  // code points in a listed word that counts as one piece
	minNameWord  = 3  // code points in a name that is looked for
	minRest      = 8  // code points that must be left beside names
	minDistinct  = 5  // different code points in a password
	pieceCost    = 2  // a listed word or a sequence
	looseCost    = 1  // any other code point, and each kind of punctuation
	commonBudget = 5  // at most two pieces and one loose code point
	endOfWalks   = -1 // no code point follows
)

// keyboardWalks are sequences of keys that look random and are not: rows, columns
// and zigzags of common keyboards. No key occurs twice in a walk. After the last
// key a walk begins again; it is recognised in both directions.
var keyboardWalks = []string{
	"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopüasdfghjklöäyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p",
	"1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0pü", "qazwsxedcrfvtgbyhnujmikolp", "qaywsxedcrfvtgbzhnujmikolp",
	"1234567890qwertyuiopasdfghjklzxcvbnm", "789456123", "147258369",
	"йцукенгшщзхъфывапролджэячсмитьбю", "ςερτυθιοπασδφγηξκλζχψωβνμ",
}

type words struct {
	set     map[string]bool
	longest int // code points
}

func readKnownWords() words {
	known := words{set: make(map[string]bool, 16384)}
	for _, text := range []string{commonText, phrasesText} {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			word := fold(line).plain
			if len(word) >= minWord {
				known.set[string(word)] = true
				known.longest = max(known.longest, len(word))
			}
		}
	}
	return known
}

// readWalks returns, for each walk and direction, a map from a key to the next.
func readWalks() []map[rune]rune {
	var all []map[rune]rune
	for _, walk := range keyboardWalks {
		keys := []rune(walk)
		forward, backward := make(map[rune]rune), make(map[rune]rune)
		for i, key := range keys {
			following := keys[(i+1)%len(keys)]
			forward[key], backward[following] = following, key
		}
		all = append(all, forward, backward)
	}
	return all
}

// folded is a password in the forms that are compared.
type folded struct {
	text    []rune // all of it, in full case folding
	plain   []rune // without spaces and punctuation
	letters []rune // plain with look-alikes read as letters (p@ssw0rd); as long as plain
	dropped int    // number of different code points that plain leaves out
}

func fold(pw string) folded {
	f := folded{text: []rune(cases.Fold().String(norm.NFKC.String(pw)))}
	var dropped []rune
	for _, r := range f.text {
		letter, looksLike := lookAlikes[r]
		switch {
		case looksLike:
			f.plain, f.letters = append(f.plain, r), append(f.letters, letter)
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
			f.plain, f.letters = append(f.plain, r), append(f.letters, r)
		default:
			dropped = append(dropped, r)
		}
	}
	f.dropped = distinct(dropped)
	return f
}

var lookAlikes = map[rune]rune{
	'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '9': 'g',
	'@': 'a', '$': 's', '!': 'i', '|': 'l', '€': 'e', '+': 't',
}

// isCommon reports whether an attacker would try pw early. Of a repetition only
// one block is checked, because the repetition is no stronger.
func isCommon(pw string) bool {
	f := fold(pw)
	if period := smallestPeriod(f.text); len(f.text) >= 2*period {
		if period < MinLength {
			return true
		}
		f = fold(string(f.text[:period]))
	}
	return distinct(f.text) < minDistinct || f.isKnown()
}

// isKnown reports whether f consists of two pieces and little more.
func (f folded) isKnown() bool {
	return cost(f.plain, f.letters)+f.dropped*looseCost <= commonBudget
}

func distinct(text []rune) int {
	seen := make(map[rune]bool)
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// smallestPeriod returns the smallest p for which text[i] == text[i+p]
// everywhere (the failure function of Knuth, Morris and Pratt).
func smallestPeriod(text []rune) int {
	border := make([]int, len(text)+1)
	for i, b := 1, 0; i < len(text); i++ {
		for b > 0 && text[i] != text[b] {
			b = border[b]
		}
		if text[i] == text[b] {
			b++
		}
		border[i+1] = b
	}
	return len(text) - border[len(text)]
}

// cost returns the lowest cost of pieces and loose code points that make up a
// text.
func cost(plain, letters []rune) int {
	least := make([]int, len(plain)+1)
	for i := range least {
		least[i] = i * looseCost
	}
	for i := range plain {
		least[i+1] = min(least[i+1], least[i]+looseCost)
		for _, end := range pieceEnds(plain, letters, i) {
			least[end] = min(least[end], least[i]+pieceCost)
		}
	}
	return least[len(plain)]
}

// pieceEnds returns the ends of all known pieces that start at i.
func pieceEnds(plain, letters []rune, i int) []int {
	var ends []int
	known := knownWords()
	for end := i + minWord; end <= min(len(plain), i+known.longest); end++ {
		if known.set[string(plain[i:end])] || known.set[string(letters[i:end])] {
			ends = append(ends, end)
		}
	}
	for end := i + minPiece; end <= sequenceEnd(plain, i); end++ {
		ends = append(ends, end)
	}
	return ends
}

// sequenceEnd returns where the longest sequence that starts at i ends.
func sequenceEnd(text []rune, i int) int {
	end := i
	for difference := rune(-2); difference <= 2; difference++ {
		end = max(end, follow(text, i, func(r rune) rune { return step(r, difference) }))
	}
	for _, walk := range walks() {
		end = max(end, follow(text, i, func(r rune) rune {
			if following, ok := walk[r]; ok {
				return following
			}
			return endOfWalks
		}))
	}
	return end
}

func follow(text []rune, i int, next func(rune) rune) int {
	for i+1 < len(text) && next(text[i]) == text[i+1] {
		i++
	}
	return i + 1
}

// step moves r in the alphabet or the digits; after the last comes the first.
func step(r, difference rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return 'a' + (r-'a'+difference+26)%26
	case '0' <= r && r <= '9':
		return '0' + (r-'0'+difference+10)%10
	}
	return r + difference
}

// isAboutNames reports whether pw holds a name and little else.
func isAboutNames(pw string, names []string) bool {
	f := fold(pw)
	needles := nameWords(names)
	for _, text := range [][]rune{f.plain, f.letters} {
		rest := f
		rest.plain, rest.letters = nil, nil
		for _, i := range indexesWithout(text, needles) {
			rest.plain, rest.letters = append(rest.plain, f.plain[i]), append(rest.letters, f.letters[i])
		}
		found := len(rest.plain) < len(f.plain)
		if found && (len(rest.plain)+rest.dropped < minRest || rest.isKnown()) {
			return true
		}
	}
	return false
}

// nameWords returns the names and their parts, longest first, so that the search
// finds anna.schmidt before anna.
func nameWords(names []string) [][]rune {
	var all [][]rune
	for _, name := range names {
		parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) })
		for _, word := range append(parts, name) {
			f := fold(word)
			if len(f.plain) >= minNameWord {
				all = append(all, f.plain, f.letters)
			}
		}
	}
	slices.SortFunc(all, func(a, b []rune) int { return len(b) - len(a) })
	return all
}

// indexesWithout returns the indexes of text that are in no needle.
func indexesWithout(text []rune, needles [][]rune) []int {
	var rest []int
	for i := 0; i < len(text); {
		length := lengthOfAny(text[i:], needles)
		if length == 0 {
			rest = append(rest, i)
			length = 1
		}
		i += length
	}
	return rest
}

// lengthOfAny returns the length of the first needle that text begins with, or 0.
func lengthOfAny(text []rune, needles [][]rune) int {
	for _, needle := range needles {
		if len(needle) <= len(text) && slices.Equal(text[:len(needle)], needle) {
			return len(needle)
		}
	}
	return 0
}
