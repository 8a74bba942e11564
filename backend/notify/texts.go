package notify

// phrase holds what a kind of mail says: the title, which is also the subject,
// and what it means. {who} is who acted, {subject} on whom, {detail} a further word.
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
	// theOperator is {who} where no name is known.
	theOperator string
	roles       map[string]string // {detail} of a role
	done        map[string]string // {detail} of what was done to an administrator
	noAddress   string            // {detail} of an address that was taken away
	choose      string            // the link to choose a password
	linkAdvice  string            // %s: whom to ask
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
		OperatorPassword: {title: "{who} set a new password for your account",
			lead: "It has to be changed at the next sign-in. All sessions were ended."},
		OperatorReset: {title: "{who} reset two-factor authentication for your account",
			lead: "The security key and all backup codes were deleted. The password alone is enough to sign in. All sessions were ended."},
		OperatorRecovery: {title: "{who} reset two-factor authentication and set a new password for your account",
			lead: "The security key and all backup codes were deleted. The new password has to be changed at the next sign-in. All sessions were ended."},
		OperatorDisabled: {title: "{who} disabled your account",
			lead: "Nobody can sign in to it. All sessions were ended."},
		OperatorEnabled: {title: "{who} enabled your account again",
			lead: "You can sign in to it again."},
		LinkGiven: {title: "{who} gave you a link to set a new password",
			lead: "It works once, for an hour. Your second factor stays as it is. If you did not ask for it, tell the people who run this service."},
		LinkUsed: {title: "A new password was set with a link",
			lead: "All sessions of your account were ended."},
		SessionsEnded: {title: "{who} ended your sessions",
			lead: "You have to sign in again."},
		Renamed: {title: "{who} changed your name",
			lead: "Sign in with the user name {detail} from now on."},
		EmailChanged: {title: "{who} changed your e-mail address",
			lead: "Applications see {detail} from now on. Where your security notices go has not changed."},
		RoleChanged: {title: "{who} changed your role",
			lead: "Your role is now: {detail}."},
		AccountDeleted: {title: "{who} deleted your account",
			lead: "Nobody can sign in to it any more. This is the last message about it."},
		AcceptedInvitation: {title: "{subject} accepted your invitation",
			lead: "A password was chosen with the link that you gave."},
		AcceptedLink: {title: "{subject} set a new password with your link",
			lead: "The link that you gave was used."},
		RoleOfOther: {title: "{who} changed the role of {subject}",
			lead: "The role is now: {detail}."},
		AdministratorChanged: {title: "{who} changed the account of the administrator {subject}",
			lead: "What was done: {detail}."},
		ApplicationAdded: {title: "{who} added an application",
			lead: "People can now be let in to {detail}. Its rules say who may open it."},
		ApplicationChanged: {title: "{who} changed an application",
			lead: "The name, the addresses or the rules of {detail} are different now. Its rules say who may open it."},
		ApplicationDeleted: {title: "{who} deleted an application",
			lead: "Nobody can open {detail} with this sign-in any more."},
		InvitationMail: {title: "Your account is ready",
			lead: "Choose a password, then add a second factor and save your backup codes. The link works once."},
		PasswordLinkMail: {title: "Set a new password",
			lead: "This link sets a new password for your account. It works once. Your second factor stays as it is."},
		AddressCode: {title: "Confirm your address for security notices",
			lead: "Enter this code on the page where you gave this address:"},
	},
	other: phrase{title: "A security setting of your account was changed",
		lead: "Sign in to see what it was."},
	account:     "Account",
	when:        "When",
	where:       "Where",
	on:          "on",
	unknown:     "unknown",
	who:         "Who",
	operator:    "the operator of this service",
	notYou:      "If this was not you, change your password at once and ask for help: %s",
	unexpected:  "If you did not expect this, ask for help: %s",
	people:      "the people who run this service",
	open:        "Open %s",
	noLonger:    "Security notices for your account no longer go to this address.",
	copy:        "This is a copy: your account no longer uses this address. Copies come until %s.",
	footer:      "%s sent this message automatically. Nobody reads answers to it.",
	validUntil:  "Valid until",
	theOperator: "The operator",
	done: map[string]string{DidDisable: "it was disabled", DidEnable: "it was enabled again", DidDelete: "it was deleted", DidRemove: "its second factor was removed", DidGiveLink: "a link to choose a password was given",
		DidSetPassword: "it got another password", DidChangeEmail: "it got another e-mail address", DidRename: "it got another name"},
	roles:      map[string]string{"person": "person", "helper": "helper", "administrator": "administrator"},
	noAddress:  "no address",
	choose:     "Choose a password",
	linkAdvice: "Give this link to nobody. If you do not know why you got it, ask: %s",
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
		OperatorPassword: {title: "{who} hat für Ihr Konto ein neues Passwort gesetzt",
			lead: "Es muss bei der nächsten Anmeldung geändert werden. Alle Sitzungen wurden beendet."},
		OperatorReset: {title: "{who} hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt",
			lead: "Der Sicherheitsschlüssel und alle Backup-Codes wurden gelöscht. Zum Anmelden genügt das Passwort. Alle Sitzungen wurden beendet."},
		OperatorRecovery: {title: "{who} hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt und ein neues Passwort gesetzt",
			lead: "Der Sicherheitsschlüssel und alle Backup-Codes wurden gelöscht. Das neue Passwort muss bei der nächsten Anmeldung geändert werden. Alle Sitzungen wurden beendet."},
		OperatorDisabled: {title: "{who} hat Ihr Konto gesperrt",
			lead: "Niemand kann sich daran anmelden. Alle Sitzungen wurden beendet."},
		OperatorEnabled: {title: "{who} hat Ihr Konto wieder freigegeben",
			lead: "Sie können sich wieder anmelden."},
		LinkGiven: {title: "{who} hat Ihnen einen Link für ein neues Passwort gegeben",
			lead: "Er gilt einmal, eine Stunde lang. Ihr zweiter Faktor bleibt, wie er ist. Wenn Sie ihn nicht verlangt haben, sagen Sie es den Betreibern dieses Dienstes."},
		LinkUsed: {title: "Mit einem Link wurde ein neues Passwort gesetzt",
			lead: "Alle Sitzungen Ihres Kontos wurden beendet."},
		SessionsEnded: {title: "{who} hat Ihre Sitzungen beendet",
			lead: "Sie müssen sich neu anmelden."},
		Renamed: {title: "{who} hat Ihren Namen geändert",
			lead: "Melden Sie sich von nun an mit dem Benutzernamen {detail} an."},
		EmailChanged: {title: "{who} hat Ihre E-Mail-Adresse geändert",
			lead: "Anwendungen sehen von nun an {detail}. Wohin Ihre Sicherheitshinweise gehen, hat sich nicht geändert."},
		RoleChanged: {title: "{who} hat Ihre Rolle geändert",
			lead: "Ihre Rolle ist jetzt: {detail}."},
		AccountDeleted: {title: "{who} hat Ihr Konto gelöscht",
			lead: "Niemand kann sich mehr daran anmelden. Dies ist die letzte Nachricht dazu."},
		AcceptedInvitation: {title: "{subject} hat Ihre Einladung angenommen",
			lead: "Mit dem Link, den Sie gegeben haben, wurde ein Passwort gewählt."},
		AcceptedLink: {title: "{subject} hat mit Ihrem Link ein neues Passwort gesetzt",
			lead: "Der Link, den Sie gegeben haben, wurde verwendet."},
		RoleOfOther: {title: "{who} hat die Rolle von {subject} geändert",
			lead: "Die Rolle ist jetzt: {detail}."},
		AdministratorChanged: {title: "{who} hat das Konto des Administrators {subject} geändert",
			lead: "Was geschah: {detail}."},
		ApplicationAdded: {title: "{who} hat eine Anwendung hinzugefügt",
			lead: "Personen können jetzt {detail} öffnen. Die Regeln sagen, wer sie öffnen darf."},
		ApplicationChanged: {title: "{who} hat eine Anwendung geändert",
			lead: "Der Name, die Adressen oder die Regeln von {detail} sind jetzt anders. Die Regeln sagen, wer sie öffnen darf."},
		ApplicationDeleted: {title: "{who} hat eine Anwendung gelöscht",
			lead: "Niemand kann {detail} mehr mit dieser Anmeldung öffnen."},
		InvitationMail: {title: "Ihr Konto ist bereit",
			lead: "Wählen Sie ein Passwort, richten Sie dann einen zweiten Faktor ein und bewahren Sie Ihre Backup-Codes auf. Der Link gilt einmal."},
		PasswordLinkMail: {title: "Neues Passwort setzen",
			lead: "Dieser Link setzt ein neues Passwort für Ihr Konto. Er gilt einmal. Ihr zweiter Faktor bleibt, wie er ist."},
		AddressCode: {title: "Bestätigen Sie Ihre Adresse für Sicherheitshinweise",
			lead: "Geben Sie diesen Code auf der Seite ein, auf der Sie diese Adresse angegeben haben:"},
	},
	other: phrase{title: "Eine Sicherheitseinstellung Ihres Kontos wurde geändert",
		lead: "Melden Sie sich an, um zu sehen, was es war."},
	account:     "Konto",
	when:        "Wann",
	where:       "Wo",
	on:          "unter",
	unknown:     "unbekannt",
	who:         "Wer",
	operator:    "der Betreiber dieses Dienstes",
	notYou:      "Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und bitten Sie um Hilfe: %s",
	unexpected:  "Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe: %s",
	people:      "die Betreiber dieses Dienstes",
	open:        "%s öffnen",
	noLonger:    "Sicherheitshinweise zu Ihrem Konto gehen nicht mehr an diese Adresse.",
	copy:        "Dies ist eine Kopie: Ihr Konto verwendet diese Adresse nicht mehr. Kopien kommen bis %s.",
	footer:      "%s hat diese Nachricht automatisch gesendet. Antworten liest niemand.",
	validUntil:  "Gültig bis",
	theOperator: "Der Betreiber",
	done: map[string]string{DidDisable: "Es wurde gesperrt", DidEnable: "Es wurde wieder freigegeben", DidDelete: "Es wurde gelöscht", DidRemove: "Sein zweiter Faktor wurde entfernt", DidGiveLink: "Ein Link zur Wahl eines Passworts wurde gegeben",
		DidSetPassword: "Es bekam ein anderes Passwort", DidChangeEmail: "Es bekam eine andere E-Mail-Adresse", DidRename: "Es bekam einen anderen Namen"},
	roles:      map[string]string{"person": "Person", "helper": "Helfer", "administrator": "Administrator"},
	noAddress:  "keine Adresse",
	choose:     "Passwort wählen",
	linkAdvice: "Geben Sie diesen Link niemandem. Wenn Sie nicht wissen, warum Sie ihn bekommen haben, fragen Sie: %s",
	codeAdvice: "Wenn Sie das nicht angefordert haben, übergehen Sie diese Nachricht. Ohne den Code wird die Adresse nicht verwendet.",
}
