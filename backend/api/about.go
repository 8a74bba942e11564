package api

import (
	"github.com/danielgtaylor/huma/v2"
)

// about describes an operation beyond its summary.
type about struct{ tag, text string }

// The groups of operations.
const (
	tagSetup   = "First start"
	tagSignIn  = "Sign-in"
	tagSession = "Session"
	tagFactor  = "Two-factor authentication"
	tagCodes   = "Backup codes"
	tagAccount = "Account"
	tagWelcome = "Links"
	tagPeople  = "People"
	tagGroups  = "Groups"
	tagApps    = "Applications"
	tagPolicy  = "Policies"
	tagAudit   = "Audit"
)

var tags = []*huma.Tag{
	{Name: tagSetup, Description: "Making the first administrator, once."},
	{Name: tagSignIn, Description: "From the password to the session: a password first, then a code where the account owes one."},
	{Name: tagSession, Description: "Who is calling, step-up, signing out, and the account's other sessions."},
	{Name: tagFactor, Description: "The key of the authenticator app: set-up, move to another phone, pause and removal."},
	{Name: tagCodes, Description: "Ten codes on paper, each good for one sign-in without the phone."},
	{Name: tagAccount, Description: "Profile, password, the address for security notices, notices and activity."},
	{Name: tagWelcome, Description: "Invitations and password links: their holder chooses a password."},
	{Name: tagPeople, Description: "For helpers and administrators: people, how they are protected, and what can be done for them."},
	{Name: tagGroups, Description: "Groups of people. Helpers read them, administrators change them."},
	{Name: tagPolicy, Description: "For administrators: who has to have a second factor, from when, and who is excepted."},
	{Name: tagAudit, Description: "For administrators and auditors: all events, and whom the second factor covers."},
	{Name: tagApps, Description: "Applications behind the sign-in. People open them, administrators keep them and their rules."},
}

var operations = map[string]about{
	"getSetup":                 {tagSetup, "Open to anybody. The link that the server printed at its start leads to the page that makes the first administrator."},
	"createFirstAdministrator": {tagSetup, "Takes the token of the set-up link, works once, and then never again."},

	"signIn": {tagSignIn, "Opens a session, or a pending sign-in where a code is owed; next says which. An unknown name, a wrong password and " +
		"a disabled account get the same answer. A refused password is counted, and after several the next try has to wait."},
	"verifySecondFactor": {tagSignIn, "Takes a code of the authenticator app or a backup code, each of which works once, and opens the session. " +
		"Wrong codes are counted; after several the next try has to wait, and in the end the method is blocked."},
	"askSignInKey": {tagSignIn, "The answer goes to /api/sign-in/key. A second request ends the first."},
	"verifyKey": {tagSignIn, "Takes the answer of a key of the account and opens the session. Ten refused answers in a row end the sign-in; " +
		"nothing is blocked."},
	"useHelpCode": {tagSignIn, "For somebody who has lost the phone and the backup codes, with a code that a helper gave. The session can only enrol a new " +
		"second factor, within 15 minutes; confirming it removes the former ones. Wrong codes are counted on their own."},
	"extendSignIn": {tagSignIn, "For people who need more time to find their phone."},
	"cancelSignIn": {tagSignIn, "Succeeds as well when there is none."},

	"getSession": {tagSession, "Open to anybody: without a valid cookie the state is anonymous, and it never answers 401. " +
		"It counts as activity unless X-Background: 1 is sent."},
	"signOut": {tagSession, "Ends the session and deletes its cookie. The browser stays known. Succeeds as well when there is no session."},
	"stepUp": {tagSession, "Sensitive acts want factors that were given within the last five minutes and otherwise answer step_up_owed. " +
		"This gives them again, all that need names in one request; otherwise nothing counts. Ten refused answers of a key in a row end the session."},
	"askSessionKey":    {tagSession, "The answer goes to step-up, or to enable two-factor authentication again."},
	"listSessions":     {tagSession, "All live sessions, this one included."},
	"endSession":       {tagSession, "Its browser is signed out at the next request. The session that asks is ended by signing out."},
	"endOtherSessions": {tagSession, "Ends pending sign-ins of the account as well."},

	"refuseHelp": {tagSignIn, "Ends the session that was opened with it, too. Nobody can help the account for 24 hours; its giver and all administrators are told."},

	"getTwoFactor": {tagFactor, "The key, the pause, the present set of backup codes, and where notices go. It holds no secret."},
	"renamePhone":  {tagFactor, "The name is for the person only."},
	"beginEnrollment": {tagFactor, "Offers a new key for ten minutes. It does nothing until it is confirmed: a present key goes on working. " +
		"Asked again, it offers the same key while the step-up is fresh."},
	"extendEnrollment":  {tagFactor, "For people who need more time to install an app."},
	"cancelEnrollment":  {tagFactor, "Deletes the key that is offered. Succeeds as well when there is none."},
	"confirmEnrollment": {tagFactor, "Binds the key that is offered, in place of a present one, ends all other sessions, and gives this one a new cookie."},
	"disableTwoFactor": {tagFactor, "A pause keeps all factors and the codes and asks for none at sign-in; removal deletes them. " +
		"Either ends all other sessions and gives this one a new cookie."},
	"makeKey": {tagFactor, "The answer goes to /api/two-factor/keys. A passkey wants a PIN, a fingerprint or a face; a hardware key only a touch. " +
		"At most 20 of both kinds."},
	"addKey": {tagFactor, "Other sessions go on. A new key counts as phishing-resistant after 72 hours, or at once if such a key was given before, or in a session that began with the choice of a password. " +
		"In a session that a help code has opened it replaces all former factors."},
	"renameKey":       {tagFactor, "Changes nothing else."},
	"removeKey":       {tagFactor, "Ends all other sessions. With the last second factor the backup codes go, too."},
	"refuseKey":       {tagFactor, "Asks for the password; where the key counts as phishing-resistant already, also for the strongest factor. Deletes backup codes that were made since an hour before the key, and ends all other sessions. Works for 72 hours after the key was added, and where another factor is left."},
	"removeApp":       {tagFactor, "For a lost phone. Ends all other sessions; backup codes stay."},
	"enableTwoFactor": {tagFactor, "Takes a code of the app, or the answer of a key. Ends all other sessions and gives this one a new cookie."},

	"generateBackupCodes": {tagCodes, "Answers with the codes and a sheet to print, once: they are stored as hashes only. The former set no longer works."},
	"confirmBackupCodes":  {tagCodes, "Until then the pages remind the person."},
	"checkBackupCode":     {tagCodes, "Unknown codes are counted, as wrong ones at sign-in are."},

	"listActivity":         {tagAccount, "Fifty events at a time, the newest first."},
	"dismissNotice":        {tagAccount, "The notice is no longer shown; the activity keeps what it told. After a sign-in with a new key beside the app it asks for a code."},
	"getProfile":           {tagAccount, "Name, language and theme."},
	"changeProfile":        {tagAccount, "Members that are missing stay as they are."},
	"setNoticeAddress":     {tagAccount, "Where the server sends mail, a new address counts once the code mailed to it is confirmed; otherwise at once."},
	"confirmNoticeAddress": {tagAccount, "Until then notices go to the former address."},
	"changePassword":       {tagAccount, "Asks for the strongest second factor. Ends all other sessions and gives this one a new cookie."},
	"chooseEmail":          {tagAccount, "Refused where an administrator has set an address."},

	"lookAtLink":     {tagWelcome, "Open to anybody who holds the link, and uses nothing up. The token stands in the body, never in an address."},
	"choosePassword": {tagWelcome, "Works once. Ends everything that the account has open. An invitation signs the person in; a password link does not."},

	"listPeople":         {tagPeople, "Fifty at a time, by cursor."},
	"exportPeople":       {tagPeople, "The whole list. Cells of the CSV that a spreadsheet would calculate begin with an apostrophe."},
	"invitePerson":       {tagPeople, "The role is person. The link is mailed where mail is set up and an e-mail address is given; otherwise it is shown once."},
	"checkTable":         {tagPeople, "Changes nothing. At most 1000 people in 256 KiB."},
	"importTable":        {tagPeople, "A table with faults is refused as a whole, with the reason faults."},
	"getPerson":          {tagPeople, "Without secrets. may says which acts are open to the caller."},
	"listPersonActivity": {tagPeople, "Fifty events at a time, the newest first."},
	"endPersonSession":   {tagPeople, "Helpers do it for people without another role."},
	"endPersonSessions":  {tagPeople, "Ends pending sign-ins, too. Helpers do it for people without another role."},
	"givePasswordLink":   {tagPeople, "Works for an hour, once, and sets the password only. Helpers give it to people without another role."},
	"renewInvitation":    {tagPeople, "The former link ends."},
	"disablePerson":      {tagPeople, "All sessions, pending sign-ins and links end."},
	"enablePerson":       {tagPeople, "The password and the second factor are those from before."},
	"removePersonFactor": {tagPeople, "The key and all backup codes are deleted and all sessions end. The person is told."},
	"renamePerson":       {tagPeople, "Nobody else gets the former user name. A link that was given ends."},
	"setPersonEmail":     {tagPeople, "The address for security notices stays the person's own. A link that was given ends."},
	"setPersonRole":      {tagPeople, "All administrators are told. Helpers and administrators need a second factor."},
	"giveHelpCode":       {tagPeople, "Works once, together with the password. The person is told, and can refuse it."},
	"giveException":      {tagPolicy, "Replaces a former one. Nobody excepts the own account."},
	"endException":       {tagPolicy, "The policies hold for the person again at once."},
	"listPolicies":       {tagPolicy, "Of several policies for a person the one with the earliest deadline counts."},
	"createPolicy":       {tagPolicy, "All administrators are told. Refused while the caller has a pause."},
	"changePolicy":       {tagPolicy, "A change that asks more of people counts grace anew. All administrators are told."},
	"deletePolicy":       {tagPolicy, "All administrators are told."},
	"tryPolicy":          {tagPolicy, "A dry run: nothing is changed."},
	"setPersonGroups":    {tagPeople, "The person leaves all others."},
	"deletePerson":       {tagPeople, "The events stay. Nobody else gets the user name."},

	"listGroups":  {tagGroups, "With the numbers of their members."},
	"createGroup": {tagGroups, "Applications see its name."},
	"changeGroup": {tagGroups, "Applications see the new name."},
	"deleteGroup": {tagGroups, "Its members stay."},
	"listMembers": {tagGroups, "Fifty at a time, by cursor."},
	"joinGroup":   {tagGroups, "All of them, or none where one is unknown."},
	"leaveGroup":  {tagGroups, "The person stays."},

	"listEvents":   {tagAudit, "Fifty at a time, the newest first, by cursor. A page takes little time: with more than one filter it may be short although there are more."},
	"exportEvents": {tagAudit, "At most 50,000 events, the newest first; otherwise it is refused with the reason too_many. It is recorded."},
	"getReport":    {tagAudit, "Numbers, and the first hundred entries of each list."},
	"exportReport": {tagAudit, "With everybody, and all entries of each list. It is recorded."},

	"listOwnApplications": {tagApps, "For Home. What an application demands beyond that is asked when it is opened."},
	"openApplication": {tagApps, "The page /open asks this for a browser that an application has sent here. It issues a ticket for that browser and page, " +
		"or says what has to be done first: a set-up, or factors by a step-up."},
	"listApplications":  {tagApps, "With the rules of each."},
	"createApplication": {tagApps, "All administrators are told."},
	"tryApplication":    {tagApps, "As if the person had just signed in. It sends nothing to the application."},
	"getApplication":    {tagApps, "With its rules."},
	"changeApplication": {tagApps, "Replaces name, addresses and rules. They count from the next request on. All administrators are told."},
	"deleteApplication": {tagApps, "Nobody can open it any more. All administrators are told."},
	"getProxySettings":  {tagApps, "Made from the examples of the documentation."},
}

// schemas describes the shapes of requests and answers.
var schemas = map[string]string{
	"HelpCodeRequest":     "Why a help code is given, and how long it works.",
	"HelpCodeAnswer":      "A help code, shown once.",
	"UseHelpRequest":      "A help code as it was typed.",
	"HelpView":            "A help code that is open.",
	"ObligationView":      "What policies ask of a person.",
	"PolicyRequest":       "Whom a policy is for, its start and its days of grace.",
	"PolicyTrialRequest":  "A policy to be tried.",
	"PolicyAnswer":        "A policy that was made.",
	"PolicyView":          "A policy.",
	"PolicyList":          "All policies and exceptions.",
	"PolicyTrial":         "What a policy would do.",
	"AffectedPerson":      "Somebody without a second factor whom a policy is for.",
	"ExceptionRequest":    "Why and until when somebody is excepted.",
	"ExceptionView":       "An exception from the policies.",
	"ApplicationRequest":  "Makes an application, or replaces everything about one.",
	"ApplicationRule":     "Who may open what.",
	"ApplicationView":     "An application behind the sign-in.",
	"ApplicationList":     "All applications.",
	"OpenRequest":         "Asks to open an application, as its gate has written it into the address.",
	"OpenView":            "How it goes on.",
	"OwnApplicationView":  "An application that the person may open.",
	"OwnApplicationList":  "The applications that the person may open.",
	"ProxyView":           "The settings of reverse proxies for an application.",
	"TrialRequest":        "A request to judge.",
	"TrialView":           "What would happen to a request.",
	"AccountEventView":    "An event, and the account it is about.",
	"EventsPage":          "One page of the events of everybody.",
	"EventsExportRequest": "Which events, in which form.",
	"Report":              "Whom the second factor covers, and who was helped.",
	"PeopleNumbers":       "How many people there are.",
	"Coverage":            "How many of some people the second factor covers.",
	"ReportException":     "A person from whom no second factor is demanded for a time.",
	"LockOuts":            "Codes that are not accepted, and tries that were held back.",
	"StoppedCodes":        "Codes of a person that are not accepted any more.",
	"HeldBack":            "Tries of one hour that were refused.",
	"Recovery":            "A step by which somebody was helped back in.",
	"KeyReport":           "The keys that seal the second factors.",
	"RingKey":             "A key of the key file.",
	"KeyEvent":            "Something that was done with a key.",
	"ReportExportRequest": "Which report, in which form.",
	"CodeSetView":         "A set of backup codes, without the codes.",
	"EmailChoice":         "Which address applications see.",
	"EmailRequest":        "The address that applications see.",
	"ExportAnswer":        "A list as a file.",
	"ExportRequest":       "Which list, in which form.",
	"FactorView":          "A second factor of a person.",
	"GroupItem":           "A group in the list.",
	"GroupList":           "All groups.",
	"GroupRequest":        "What a group is called, and what it is for.",
	"GroupView":           "A group of people.",
	"GroupsRequest":       "All groups of a person.",
	"ImportAnswer":        "What an import has made. The links in it are secret.",
	"ImportRequest":       "A table of people to be let in.",
	"InvitationRequest":   "A new link for an invited person.",
	"InviteAnswer":        "The account that was made, and its link.",
	"InviteRequest":       "A person to be let in.",
	"JoinAnswer":          "How many people joined.",
	"JoinRequest":         "People to join a group.",
	"LinkView":            "A link to choose a password. It is secret and shown once.",
	"MemberView":          "A person in a group.",
	"MembersPage":         "A page of the members of a group.",
	"MembershipView":      "A group that a person is in.",
	"NamesRequest":        "Both names of a person.",
	"OpenLinkView":        "A link that can still be used, without its token.",
	"PasswordLinkRequest": "A link to choose another password.",
	"PeoplePage":          "A page of people.",
	"PersonItem":          "A person in a list.",
	"PersonSession":       "A session of a person.",
	"PersonView":          "All that is known of one person.",
	"ReasonRequest":       "Why something is done.",
	"RoleRequest":         "What a person may do for others.",
	"TableFault":          "Something wrong with a table.",
	"TablePerson":         "A person of a table.",
	"TablePreview":        "What an import would do.",
	"TableRequest":        "A table of people.",
	"TokenRequest":        "The token of a link.",
	"UsernameRequest":     "The user name of an account, repeated.",
	"WelcomeAnswer":       "How it goes on after the password.",
	"WelcomeRequest":      "The password, chosen with a link.",
	"WelcomeView":         "Whose link it is, and what for.",
	"AccountView":         "The caller's own account.",
	"ActivityPage":        "One page of the activity.",
	"AddressCodeRequest":  "The code that was mailed to a new address.",
	"AddressRequest":      "Where security notices go.",
	"BackupCodesView":     "The present set of backup codes, without the codes.",
	"BrandView":           "Name and picture on every page.",
	"CheckRequest":        "A backup code to be checked and not used.",
	"CheckView":           "What is known of a code that was checked.",
	"ClientView":          "A browser and its system, as it calls itself.",
	"CodeRequest":         "The second factor of a sign-in.",
	"ConfirmAnswer":       "The new key is in use.",
	"ConfirmRequest":      "The first code of a new key.",
	"DisableRequest":      "Pause or removal.",
	"EnableRequest":       "The code that ends a pause.",
	"EnrollmentView":      "A key that is offered. It is secret.",
	"EventView":           "One event of the account.",
	"FieldProblem":        "One member that is refused.",
	"GenerateRequest":     "How the sheet of new codes is printed.",
	"NewCodesView":        "A new set of codes. They are secret and shown once.",
	"AskRequest":          "Which kind of key is asked for.",
	"KeyAnswer":           "What a browser has answered with a key.",
	"KeyKind":             "A kind of key.",
	"KeyName":             "The name of a key.",
	"KeyOptions":          "What a browser needs to make or use a key.",
	"KeyView":             "A passkey or hardware key.",
	"NewKeyView":          "A key that was added.",
	"RecentKeyView":       "A key that was added lately.",
	"WayView":             "A way to give the second factor.",
	"NoticeView":          "A security notice.",
	"PasswordRequest":     "The present and the new password.",
	"PhoneRequest":        "A name for the phone.",
	"Problem":             "Problem details (RFC 9457) with a stable code and what a program needs to go on.",
	"ProfileRequest":      "What changes in the profile.",
	"ProfileView":         "The profile.",
	"QRView":              "A QR code to be drawn black on white.",
	"SavedRequest":        "The set that the person has saved.",
	"SessionClientView":   "A browser and its system, with the text they were read from.",
	"SessionItem":         "One session of the account.",
	"SessionList":         "The account's live sessions.",
	"SessionView":         "Who is calling and what the pages need to know.",
	"SetupRequest":        "The first administrator.",
	"SetupState":          "Whether set-up is open.",
	"SignInAnswer":        "What follows on the right password.",
	"SignInRequest":       "User name and password.",
	"StepUpRequest":       "The factors that are given again.",
	"SummaryView":         "What every page shows of the second factor.",
	"TwoFactorView":       "The state of the second factor.",
	"VerifyAnswer":        "What follows on the right code.",
}

// describeDocument adds what is told of the document as a whole.
func describeDocument(document *huma.OpenAPI) {
	document.Info.Contact = &huma.Contact{Name: "The operator of this server"}
	document.Info.License = &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"}
	document.Servers = []*huma.Server{{URL: "/", Description: "The server that this document comes from."}}
	document.Tags = tags
	for name, schema := range document.Components.Schemas.Map() {
		schema.Description = schemas[name]
	}
}
