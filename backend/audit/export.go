package audit

import (
	"encoding/json"
	"fmt"
	"io"
)

// Line is an event as it is exported: one JSON object with always the same
// members. Control characters are escaped, so nothing a client sends can make a
// second line.
type Line struct {
	Time      string         `json:"time"` // UTC with milliseconds
	ID        int64          `json:"id"`
	Kind      Kind           `json:"kind"`
	Outcome   Outcome        `json:"outcome"`
	Reason    string         `json:"reason"`
	Actor     string         `json:"actor"`
	AccountID *int64         `json:"account_id"`
	Account   string         `json:"account"` // its user name by now
	SessionID *int64         `json:"session_id"`
	Factor    string         `json:"factor"`
	Lane      string         `json:"lane"`
	Address   string         `json:"address"`
	UserAgent string         `json:"user_agent"`
	RequestID string         `json:"request_id"`
	Version   string         `json:"version"`
	Host      string         `json:"host"`
	Details   map[string]any `json:"details"`
}

// exportedDetails are the further facts and those columns that say something.
func (e *Event) exportedDetails() map[string]any {
	all := map[string]any{}
	if json.Unmarshal([]byte(e.Details), &all) != nil || all == nil {
		all = map[string]any{} // damaged facts hide no event
	}
	if e.Proxy != "" {
		all["proxy"] = e.Proxy
	}
	if e.NameHash != "" {
		all["name_hash"] = e.NameHash
	}
	if e.Count != 0 {
		all["count"] = e.Count
	}
	if e.ClockOffsetSeconds != 0 {
		all["clock_offset_seconds"] = e.ClockOffsetSeconds
	}
	return all
}

const timeFormat = "2006-01-02T15:04:05.000Z"

// TimeText is the time as it is exported: UTC, with milliseconds.
func (e *Event) TimeText() string { return e.Time().Format(timeFormat) }

// LineOf returns an event as it is exported. account is the user name of the account it
// is about, "" = of none.
func LineOf(e *Event, account string) Line {
	l := Line{
		Time: e.TimeText(), ID: e.ID, Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason, Actor: e.Actor,
		AccountID: e.AccountID, Account: account, Factor: e.Factor, Lane: e.Lane, Address: e.Address, UserAgent: e.UserAgent,
		RequestID: e.RequestID, Version: e.Version, Host: e.Host, Details: e.exportedDetails(),
	}
	if e.SessionID != 0 {
		l.SessionID = &e.SessionID
	}
	return l
}

// WriteLine writes an event as one line of JSON.
func WriteLine(w io.Writer, e Event, account string) error {
	text, err := json.Marshal(LineOf(&e, account))
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
