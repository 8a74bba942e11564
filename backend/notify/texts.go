package notify

// phrase holds what a kind of mail says: the title, which is also the subject,
// and what it means.
type phrase struct{ title, lead string }

// catalog holds the texts of one language.
type catalog struct {
	language   string
	dateForm   string
	kinds      map[Kind]phrase
	other      phrase
	account    string
	when       string
	where      string
	on         string // Firefox on Windows
	unknown    string // where
	who        string
	operator   string
	notYou     string // %s: whom to ask
	unexpected string // %s: whom to ask
	people     string // whom to ask if no help contact is set
	open       string // %s: brand
	noLonger   string // what the change of the address means for the former one
	copy       string // %s: until when
	footer     string // %s: brand
	validUntil string
	codeAdvice string
}

var texts = map[string]*catalog{English: &english, German: &german}

var english = catalog{
	language: English,
	dateForm: "2 January 2006, 15:04",
	kinds: map[Kind]phrase{
		KeyBound: {title: "Two-factor authentication was set up",
			lead: "From now on each sign-in to your account asks for a code from the authenticator app."},
		KeyMoved: {title: "The codes were moved to a different phone",
			lead: "Codes from the former phone no longer work. All other sessions were ended."},
		KeyRemoved: {title: "Two-factor authentication was removed",
			lead: "The security key and all backup codes were deleted. The password alone is enough to sign in."},
		Paused: {title: "Two-factor authentication was disabled temporarily",
			lead: "Until it is enabled again, the password alone is enough to sign in."},
		Resumed: {title: "Two-factor authentication was enabled again",
			lead: "Each sign-in to your account asks for a code again."},
		CodesGenerated: {title: "New backup codes were generated",
			lead: "Any earlier backup codes no longer work."},
		BackupCodeUsed: {title: "A backup code was used",
			lead: "It cannot be used again."},
		PasswordKnown: {title: "Someone knows the password of your account",
			lead: "The right password was entered in a browser your account does not know, and then a wrong code or none. " +
				"If this was you, there is nothing to do."},
		SessionEvicted: {title: "One of your sessions was ended",
			lead: "Your account had 20 sessions. A new sign-in ended the one that was unused for longest."},
		AddressChanged: {title: "The address for security notices was changed",
			lead: "Security notices for your account go to this address from now on."},
		PasswordChanged: {title: "The password was changed",
			lead: "All other sessions of your account were ended."},
		OperatorPassword: {title: "The operator set a new password for your account",
			lead: "It has to be changed at the next sign-in. All sessions were ended."},
		OperatorReset: {title: "The operator reset two-factor authentication for your account",
			lead: "The security key and all backup codes were deleted. The password alone is enough to sign in. All sessions were ended."},
		OperatorRecovery: {title: "The operator reset two-factor authentication and set a new password for your account",
			lead: "The security key and all backup codes were deleted. The new password has to be changed at the next sign-in. All sessions were ended."},
		OperatorDisabled: {title: "The operator disabled your account",
			lead: "Nobody can sign in to it. All sessions were ended."},
		OperatorEnabled: {title: "The operator enabled your account again",
			lead: "You can sign in to it again."},
		AddressCode: {title: "Confirm your address for security notices",
			lead: "Enter this code on the page where you gave this address:"},
	},
	other: phrase{title: "A security setting of your account was changed",
		lead: "Sign in to see what it was."},
	account:    "Account",
	when:       "When",
	where:      "Where",
	on:         "on",
	unknown:    "unknown",
	who:        "Who",
	operator:   "the operator of this service",
	notYou:     "If this was not you, change your password at once and ask for help: %s",
	unexpected: "If you did not expect this, ask for help: %s",
	people:     "the people who run this service",
	open:       "Open %s",
	noLonger:   "Security notices for your account no longer go to this address.",
	copy:       "This is a copy: your account no longer uses this address. Copies come until %s.",
	footer:     "%s sent this message automatically. Nobody reads answers to it.",
	validUntil: "Valid until",
	codeAdvice: "If you did not ask for this, ignore this message. Without the code the address is not used.",
}

var german = catalog{
	language: German,
	dateForm: "02.01.2006, 15:04",
	kinds: map[Kind]phrase{
		KeyBound: {title: "Die Zwei-Faktor-Authentifizierung wurde eingerichtet",
			lead: "Von nun an verlangt jede Anmeldung an Ihrem Konto einen Code aus der Authenticator-App."},
		KeyMoved: {title: "Die Codes kommen jetzt von einem anderen Telefon",
			lead: "Codes vom bisherigen Telefon gelten nicht mehr. Alle anderen Sitzungen wurden beendet."},
		KeyRemoved: {title: "Die Zwei-Faktor-Authentifizierung wurde entfernt",
			lead: "Der Sicherheitsschlüssel und alle Backup-Codes wurden gelöscht. Zum Anmelden genügt das Passwort."},
		Paused: {title: "Die Zwei-Faktor-Authentifizierung wurde vorübergehend deaktiviert",
			lead: "Bis sie wieder aktiviert wird, genügt zum Anmelden das Passwort."},
		Resumed: {title: "Die Zwei-Faktor-Authentifizierung wurde wieder aktiviert",
			lead: "Jede Anmeldung an Ihrem Konto verlangt wieder einen Code."},
		CodesGenerated: {title: "Neue Backup-Codes wurden erzeugt",
			lead: "Frühere Backup-Codes gelten nicht mehr."},
		BackupCodeUsed: {title: "Ein Backup-Code wurde verwendet",
			lead: "Er kann nicht noch einmal verwendet werden."},
		PasswordKnown: {title: "Jemand kennt das Passwort Ihres Kontos",
			lead: "In einem Browser, den Ihr Konto nicht kennt, wurde das richtige Passwort eingegeben und danach ein falscher Code oder keiner. " +
				"Wenn Sie das waren, müssen Sie nichts tun."},
		SessionEvicted: {title: "Eine Ihrer Sitzungen wurde beendet",
			lead: "Ihr Konto hatte 20 Sitzungen. Eine neue Anmeldung hat die beendet, die am längsten unbenutzt war."},
		AddressChanged: {title: "Die Adresse für Sicherheitshinweise wurde geändert",
			lead: "Sicherheitshinweise zu Ihrem Konto gehen von nun an an diese Adresse."},
		PasswordChanged: {title: "Das Passwort wurde geändert",
			lead: "Alle anderen Sitzungen Ihres Kontos wurden beendet."},
		OperatorPassword: {title: "Der Betreiber hat für Ihr Konto ein neues Passwort gesetzt",
			lead: "Es muss bei der nächsten Anmeldung geändert werden. Alle Sitzungen wurden beendet."},
		OperatorReset: {title: "Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt",
			lead: "Der Sicherheitsschlüssel und alle Backup-Codes wurden gelöscht. Zum Anmelden genügt das Passwort. Alle Sitzungen wurden beendet."},
		OperatorRecovery: {title: "Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt und ein neues Passwort gesetzt",
			lead: "Der Sicherheitsschlüssel und alle Backup-Codes wurden gelöscht. Das neue Passwort muss bei der nächsten Anmeldung geändert werden. Alle Sitzungen wurden beendet."},
		OperatorDisabled: {title: "Der Betreiber hat Ihr Konto gesperrt",
			lead: "Niemand kann sich daran anmelden. Alle Sitzungen wurden beendet."},
		OperatorEnabled: {title: "Der Betreiber hat Ihr Konto wieder freigegeben",
			lead: "Sie können sich wieder anmelden."},
		AddressCode: {title: "Bestätigen Sie Ihre Adresse für Sicherheitshinweise",
			lead: "Geben Sie diesen Code auf der Seite ein, auf der Sie diese Adresse angegeben haben:"},
	},
	other: phrase{title: "Eine Sicherheitseinstellung Ihres Kontos wurde geändert",
		lead: "Melden Sie sich an, um zu sehen, was es war."},
	account:    "Konto",
	when:       "Wann",
	where:      "Wo",
	on:         "unter",
	unknown:    "unbekannt",
	who:        "Wer",
	operator:   "der Betreiber dieses Dienstes",
	notYou:     "Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und bitten Sie um Hilfe: %s",
	unexpected: "Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe: %s",
	people:     "die Betreiber dieses Dienstes",
	open:       "%s öffnen",
	noLonger:   "Sicherheitshinweise zu Ihrem Konto gehen nicht mehr an diese Adresse.",
	copy:       "Dies ist eine Kopie: Ihr Konto verwendet diese Adresse nicht mehr. Kopien kommen bis %s.",
	footer:     "%s hat diese Nachricht automatisch gesendet. Antworten liest niemand.",
	validUntil: "Gültig bis",
	codeAdvice: "Wenn Sie das nicht angefordert haben, übergehen Sie diese Nachricht. Ohne den Code wird die Adresse nicht verwendet.",
}
