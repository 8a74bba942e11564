package sheet

import (
	"fmt"
	"time"
)

// texts holds all text of the sheet in one language.
type texts struct {
	language      string // RFC 5646
	documentTitle string // with the number of the set
	title, lead   string

	account, created, set string
	checkWord             string
	otherScript           string // stands for a text of which the fonts lack a letter
	months                [12]string
	dateForm              string // day, month, year, time

	signInAt           string
	use, howToUse      string
	phoneLost, move    string
	sheetLost, replace string
	help               string
	older, tellNobody  string
}

func textsFor(language string) *texts {
	if language == german.language {
		return &german
	}
	return &english
}

func (t *texts) date(at time.Time) string {
	return fmt.Sprintf(t.dateForm, at.Day(), t.months[at.Month()-1], at.Year(), at.Format("15:04"))
}

var english = texts{
	language:      "en",
	documentTitle: "Backup codes, set %d",
	title:         "Backup codes",
	lead:          "Each code signs you in once when you do not have your phone. Keep this sheet in a safe place, apart from your phone and your password.",
	account:       "Account",
	created:       "Created",
	set:           "Set",
	checkWord:     "Check word",
	otherScript:   "(a name in another script)",
	months:        [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	dateForm:      "%d %s %d, %s UTC",
	signInAt:      "Sign in at",
	use:           "Use a code",
	howToUse:      "Sign in with your user name and password. When you are asked for a verification code, choose “Type a backup code” and enter one of these codes. Then tick its box: each code works once, in any order. Case, spaces and dashes do not matter.",
	phoneLost:     "Phone lost?",
	move:          "Sign in with a code and choose “Move to Different Phone”. When the new phone is set up, the old one no longer works.",
	sheetLost:     "Sheet lost, or few codes left?",
	replace:       "Sign in and choose “Generate Backup Codes”. From then on this sheet is void.",
	help:          "All lost?",
	older:         "This sheet replaces all earlier ones. Destroy older sheets.",
	tellNobody:    "Never tell anyone these codes, not even someone who offers to help.",
}

var german = texts{
	language:      "de",
	documentTitle: "Backup-Codes, Satz %d",
	title:         "Backup-Codes",
	lead:          "Jeder Code meldet Sie einmal an, wenn Sie Ihr Telefon nicht haben. Bewahren Sie dieses Blatt sicher auf, getrennt von Telefon und Passwort.",
	account:       "Konto",
	created:       "Erstellt",
	set:           "Satz",
	checkWord:     "Prüfwort",
	otherScript:   "(Name in anderer Schrift)",
	months:        [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	dateForm:      "%d. %s %d, %s UTC",
	signInAt:      "Anmelden unter",
	use:           "Code benutzen",
	howToUse:      "Melden Sie sich mit Benutzername und Passwort an. Wenn nach einem Bestätigungscode gefragt wird, wählen Sie „Backup-Code eingeben“ und geben Sie einen dieser Codes ein. Haken Sie ihn dann ab: Jeder Code gilt einmal, in beliebiger Reihenfolge. Groß- und Kleinschreibung, Leerzeichen und Bindestriche spielen keine Rolle.",
	phoneLost:     "Telefon verloren?",
	move:          "Melden Sie sich mit einem Code an und wählen Sie „Auf anderes Telefon umziehen“. Mit dem neuen Telefon gilt das alte nicht mehr.",
	sheetLost:     "Blatt verloren oder fast verbraucht?",
	replace:       "Melden Sie sich an und wählen Sie „Backup-Codes erzeugen“. Dieses Blatt ist dann ungültig.",
	help:          "Alles verloren?",
	older:         "Dieses Blatt ersetzt alle früheren. Vernichten Sie ältere Blätter.",
	tellNobody:    "Nennen Sie diese Codes niemandem, auch keinem, der Hilfe anbietet.",
}
