package notify

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"imagemaster/backend/useragent"
)

// AddressCode is the kind of the mail that confirms an address. It is no
// notice: it goes to that address and is shown nowhere.
const AddressCode Kind = "address_code"

// The languages of mails.
const (
	English = "en"
	German  = "de"
)

const (
	// claimTime is how long a mail belongs to the courier that took it. It is
	// far longer than one try may last.
	claimTime = 5 * time.Minute
	// maxTries and the waits between them last about a day.
	maxTries  = 10
	firstWait = time.Minute
	lastWait  = 6 * time.Hour
	// maxAge is when a mail nobody could try to send is no news any more.
	maxAge = 48 * time.Hour
	// keepTime is how long a mail is kept after it was queued.
	keepTime = 30 * 24 * time.Hour
)

// Mails about a known password, which a stranger can cause, in an hour and in a
// day.
const (
	strangerMailsHour = 1
	strangerMailsDay  = 4
)

// Reader is who a notice is for. Language is "" where the person has chosen
// none; then it is the one in which the address was given.
type Reader struct {
	Username, Language string
}

// mail is one row of mails: one letter to one address.
type mail struct {
	ID        int64
	AccountID int64
	Address   string
	Kind      Kind
	Language  string
	Details   string // facts as JSON
	CreatedAt int64  `gorm:"autoCreateTime:false"` // Unix ms, also when it happened
	NextTryAt int64  // Unix ms, 0 = sent or given up
	Tries     int
	SentAt    int64
	FailedAt  int64
}

// facts are what a mail tells. None is secret: the salt is worth nothing
// without the key ring.
type facts struct {
	Reference string `json:"reference"` // makes the Message-ID, the same for every try
	Account   string `json:"account,omitempty"`
	From      string `json:"from,omitempty"` // network address
	Browser   string `json:"browser,omitempty"`
	System    string `json:"system,omitempty"`
	CopyUntil int64  `json:"copy_until,omitempty"` // Unix ms; for an address that was replaced
	Salt      []byte `json:"salt,omitempty"`       // of an AddressCode
	ExpiresAt int64  `json:"expires_at,omitempty"` // Unix ms; when that code ends
}

// newMail returns a mail that is due at once.
func newMail(accountID int64, to, language string, kind Kind, at int64, f facts) (*mail, error) {
	f.Reference = rand.Text()
	details, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	return &mail{AccountID: accountID, Address: to, Kind: kind, Language: language, Details: string(details),
		CreatedAt: at, NextTryAt: at}, nil
}

// factsOf returns what a mail tells of a notice.
func factsOf(n Notice, reader Reader) facts {
	browser, system := useragent.Parse(n.UserAgent)
	return facts{Account: reader.Username, From: n.Address, Browser: browser, System: system}
}

func (m *mail) facts() (facts, error) {
	var f facts
	if err := json.Unmarshal([]byte(m.Details), &f); err != nil {
		return f, fmt.Errorf("read mail: %w", err)
	}
	return f, nil
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
