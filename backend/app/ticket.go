package app

import "time"

// Limits of tickets.
const (
	TicketLifetime = time.Minute
	MaxTarget      = 2048 // bytes
	maxTickets     = 20   // of one session
)

// Ticket is one row of app_tickets. It opens one application once, at the address, the
// page and the browser that it was issued for.
type Ticket struct {
	ID            int64
	TokenHash     []byte
	SessionID     int64
	Epoch         int64
	ApplicationID int64
	Origin        string
	Page          string // path and query of the page that was asked for
	State         []byte // SHA-256 of the browser's start cookie
	ExpiresAt     int64  // Unix ms
	UsedAt        int64
}

// TableName implements gorm's naming.
func (Ticket) TableName() string { return "app_tickets" }

// Session is one row of app_sessions: a browser that is signed in to an application. It
// counts while the session that it was opened in counts, and under the epoch of its
// issue.
type Session struct {
	ID            int64
	TokenHash     []byte
	SessionID     int64
	Host          string // without a port
	Epoch         int64
	ApplicationID int64
}

// TableName implements gorm's naming.
func (Session) TableName() string { return "app_sessions" }
