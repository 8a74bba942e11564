package notify

import "time"

// AddressCode is the kind of the mail that confirms an address. It is no notice:
// it goes to that address only and is shown nowhere.
const AddressCode Kind = "address_code"

// The kinds of mails that are no notices either: with a link to choose a password,
// the last one to an account that is deleted, and those about a deadline, which the pages
// show for themselves. Detail of these: the deadline, as in RFC 3339.
const (
	InvitationMail   Kind = "invitation_mail"
	PasswordLinkMail Kind = "password_link_mail"
	AccountDeleted   Kind = "account_deleted"
	PolicyReminder   Kind = "policy_reminder"
	ExceptionEnding  Kind = "exception_ending"
	// These are the same where a policy demands a passkey or hardware key.
	KeyReminder        Kind = "key_reminder"
	KeyExceptionEnding Kind = "key_exception_ending"
)

// The languages of mails.
const (
	English = "en"
	German  = "de"
)

// MailRetention is how long a mail is kept after it was queued. The limits on
// mails look back a day at most.
const MailRetention = 30 * 24 * time.Hour

const (
	// claimTime is how long a mail belongs to the courier that took it. It is
	// far longer than one try may last.
	claimTime = 5 * time.Minute
	// maxTries and the waits between them take about a day.
	maxTries  = 10
	firstWait = time.Minute
	lastWait  = 6 * time.Hour
	// mailsHour is how many notices of one kind are mailed in an hour.
	mailsHour = 20
	// linkMails is how many links are mailed to one account in an hour.
	linkMails = 5
	// Limits on mails about a known password, which an unrecognised browser can cause.
	knownMailsTime = time.Hour // one
	knownMailsDay  = 4
)

// mail is one row of mails: one letter to one address. It holds all that the
// letter says, since the account may be gone when it is sent. Nothing in it is
// secret: the salt is worth nothing without the key file.
type mail struct {
	ID            int64
	AccountID     int64
	Recipient     string
	Kind          Kind
	Language      string
	Reference     string // becomes the Message-ID, the same for every try
	Username      string
	ClientAddress string
	UserAgent     string
	CopyUntil     int64 // Unix ms; of a copy for a former address, else 0
	Actor         string
	Subject       string
	Detail        string
	CodeSalt      []byte
	CodeExpiresAt int64 // Unix ms; of a mail with a code or a link, else 0
	CreatedAt     int64 `gorm:"autoCreateTime:false"` // Unix ms; when it happened
	NextTryAt     int64 // Unix ms, 0 = sent or given up
	Tries         int
}

// waitAfter is how long to wait after so many tries: one minute, three times as
// long after each, at most six hours.
func waitAfter(tries int) time.Duration {
	wait := firstWait
	for range tries - 1 {
		wait *= 3
		if wait >= lastWait {
			return lastWait
		}
	}
	return wait
}

// pick returns the first language there are texts for.
func pick(languages ...string) string {
	for _, l := range languages {
		if _, ok := texts[l]; ok {
			return l
		}
	}
	return English
}
