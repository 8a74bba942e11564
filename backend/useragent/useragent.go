// Package useragent tells the browser and the system from what a browser calls
// itself, for a person who looks for the one that is not hers.
//
// Anyone can send any text, so the result decides nothing. It is one of the
// names below or empty and never a part of the text itself, so it can be shown
// and mailed as it is.
package useragent

import "strings"

// Names in the order they are looked for: what several browsers put into their
// User-Agent comes after what only one of them does.
var (
	browsers = []struct{ sign, name string }{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = []struct{ sign, name string }{
		{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// Parse returns the names of browser and system, "" where the text does not
// say.
func Parse(userAgent string) (browser, system string) {
	return firstOf(browsers, userAgent), firstOf(systems, userAgent)
}

func firstOf(names []struct{ sign, name string }, text string) string {
	for _, n := range names {
		if strings.Contains(text, n.sign) {
			return n.name
		}
	}
	return ""
}
