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

// Lists of common passwords hold almost nothing of 15 characters, because few
// systems ask for so many. People who are asked reach the length by writing a
// short password twice, adding a second one or running along the keyboard. So
// the comparison is made with the list and with what such habits make of it:
// a password is common when it is put together from at most two known pieces
// and a stray character. Three words in a row are always acceptable.

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
	minNameWord  = 3  // code points in a name that is worth looking for
	minRest      = 8  // signs that must be left beside names
	minDistinct  = 5  // different code points in a password
	pieceCost    = 2  // a listed word or a sequence
	looseCost    = 1  // any other code point, and each kind of punctuation
	commonBudget = 5  // at most two pieces and one loose code point
	endOfWalks   = -1 // no further code point
)

// keyboardWalks are runs of keys that look random and are not: rows, columns
// and zigzags of the usual keyboards. Each key stands once, each walk goes
// round and is also recognised backwards.
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

// readWalks returns for each walk and direction the key that follows a key.
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

// folded is a password as it is compared.
type folded struct {
	text    []rune // all of it, in full case folding
	plain   []rune // without spaces and punctuation
	letters []rune // plain with look-alike signs read as letters (p@ssw0rd), aligned with it
	dropped int    // how many different signs plain leaves out
}

func fold(pw string) folded {
	f := folded{text: []rune(cases.Fold().String(norm.NFKC.String(pw)))}
	dropped := make(map[rune]bool)
	for _, r := range f.text {
		letter, looksLike := lookAlikes[r]
		switch {
		case looksLike:
			f.plain, f.letters = append(f.plain, r), append(f.letters, letter)
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
			f.plain, f.letters = append(f.plain, r), append(f.letters, r)
		default:
			dropped[r] = true
		}
	}
	f.dropped = len(dropped)
	return f
}

var lookAlikes = map[rune]rune{
	'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '9': 'g',
	'@': 'a', '$': 's', '!': 'i', '|': 'l', '€': 'e', '+': 't',
}

// isCommon reports whether pw is among the first an attacker would try. Of a
// repetition only one block counts: it is as strong as that block.
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

// isKnown reports whether f is put together from little more than two pieces.
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

// cost returns the least sum of pieces that a text can be put together from.
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

// step counts in the alphabet or the digits, going round at their ends.
func step(r, difference rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return 'a' + (r-'a'+difference+26)%26
	case '0' <= r && r <= '9':
		return '0' + (r-'0'+difference+10)%10
	}
	return r + difference
}

// isAboutNames reports whether little is left of pw without the names.
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

// nameWords returns the names and their parts, longest first, so that
// anna.schmidt is looked for before anna.
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

// indexesWithout returns the indexes of text that belong to none of needles.
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

// lengthOfAny returns the length of the first needle text begins with, or 0.
func lengthOfAny(text []rune, needles [][]rune) int {
	for _, needle := range needles {
		if len(needle) <= len(text) && slices.Equal(text[:len(needle)], needle) {
			return len(needle)
		}
	}
	return 0
}
