// Package group keeps groups of people.
//
// Stored are a name, a description, and who is a member since when. Applications get
// the names of a person's groups and decide by them who may do what. Only
// administrators change them, in package people. An attacker could try to pass off a
// group as another one: a name has few characters, and exactly one spelling.
package group

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"imagemaster/backend/apperr"
)

// Limits of groups.
const (
	MaxDescription = 200 // code points
	MaxGroups      = 1000
)

// Errors.
var (
	ErrNotFound = errors.New("group: not found")
	errTaken    = apperr.InvalidField("name", "taken", "There is a group of that name.")
)

// Group is one row of user_groups.
type Group struct {
	ID          int64
	Name        string
	Description string
	CreatedAt   int64 `gorm:"autoCreateTime:false"` // Unix ms
}

// TableName implements gorm's naming.
func (Group) TableName() string { return "user_groups" }

// Created returns when the group was made.
func (g *Group) Created() time.Time { return time.UnixMilli(g.CreatedAt).UTC() }

// member is one row of group_members.
type member struct {
	GroupID   int64 `gorm:"primaryKey;autoIncrement:false"`
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	JoinedAt  int64 // Unix ms
}

func (member) TableName() string { return "group_members" }

// Membership says since when an account is in a group.
type Membership struct {
	AccountID int64
	GroupID   int64
	Name      string // of the group
	JoinedAt  int64  // Unix ms
}

var nameForm = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)

// ParseName checks the name of a group: 1 to 64 of a to z, 0 to 9, dot, underscore
// and hyphen.
func ParseName(typed string) (string, error) {
	name := strings.TrimSpace(typed)
	switch {
	case name == "":
		return "", apperr.InvalidField("name", "empty", "Enter a name for the group.")
	case !nameForm.MatchString(name):
		return "", apperr.InvalidField("name", "not_allowed", "The name of a group has 1 to 64 small letters a to z, digits, dots, underscores and hyphens.")
	}
	return name, nil
}
