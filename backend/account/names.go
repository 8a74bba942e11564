package account

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of what accounts are sorted and found by, in code points. maxWords bounds the
// rows of an account. The whole names come first and are always kept.
const (
	maxNameKey = 128
	maxWord    = 64
	maxWords   = 64
)

// searchForm returns the form in which names are sorted and searched: without case,
// accents and width, one space between words, and with the dashes and apostrophes of
// a keyboard.
func searchForm(text string, limit int) string {
	folded := cases.Fold().String(norm.NFKD.String(strings.ToValidUTF8(text, "\ufffd")))
	folded = strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf):
			return -1
		case unicode.Is(unicode.Pd, r):
			return '-'
		}
		if plain, ok := plainForms[r]; ok {
			return plain
		}
		return unicode.ToLower(r) // Fold turns small letters of Cherokee into capital ones
	}, folded)
	return cut(strings.Join(strings.Fields(norm.NFC.String(folded)), " "), limit)
}

// plainForms are of letters and signs that do not decompose, although people type
// others for them.
var plainForms = map[rune]rune{'ı': 'i', 'ł': 'l', 'ø': 'o', 'đ': 'd', '‘': '\'', '’': '\'', 'ʼ': '\''}

func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:limit]))
}

// nameKey is what lists are sorted by: the display name, or the user name where there
// is none.
func nameKey(displayName, username string) string {
	if key := searchForm(displayName, maxNameKey); key != "" {
		return key
	}
	if key := searchForm(username, maxNameKey); key != "" {
		return key
	}
	return cut(username, maxNameKey) // of marks only
}

// SearchWords returns the form of what a person types to find accounts: beginnings of
// words of theirs, in any order. No more than eight are looked for.
func SearchWords(typed string) []string {
	var words []string
	for word := range strings.FieldsSeq(searchForm(typed, maxWord)) {
		word = strings.TrimRight(word, ",;") // of "Berger, Anna"
		if word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words[:min(len(words), 8)]
}

// words returns what an account is found by: its user name, its e-mail address and
// its display name, and the names from each of their words on. The whole ones come
// first, so that no display name hides an account from a search for its user name.
func words(a *Account) []string {
	username, display := searchForm(a.Username, maxNameKey), searchForm(a.DisplayName, maxNameKey)
	all := []string{username, searchForm(a.Email, maxNameKey), display}
	all = append(all, fromEachWord(display, len(display))...)
	end := len(username)
	if at := strings.LastIndex(username, "@"); at >= 0 {
		end = at // many accounts have the same domain
	}
	all = append(all, fromEachWord(username, end)...)
	var found []string
	for _, word := range all {
		if word = cut(word, maxWord); word != "" && len(found) < maxWords && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

// fromEachWord returns the rests of a text that begin with a word before its end.
func fromEachWord(text string, end int) []string {
	var rests []string
	before := ' '
	for i, r := range text[:end] {
		if before == ' ' || inWord(r) && !inWord(before) {
			rests = append(rests, text[i:])
		}
		before = r
	}
	return rests
}

func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }
