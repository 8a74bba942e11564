// Package useragent names the browser and the operating system in a User-Agent
// header, so that a person can recognise her own sessions in a list.
//
// Any client can send any text, so the result decides nothing. It is empty or
// one of the names below, never a part of the text, so it is safe to show and to
// mail.
package useragent

import "strings"

// Names in the order of the search. A sign that several browsers send comes after
// the signs that only one of them sends.
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

// Parse returns the names of browser and system, "" where the text holds no known
// sign.
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
