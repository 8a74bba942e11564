package people_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
	"imagemaster/backend/people"
	"imagemaster/backend/totp"
)

// member is one of a crowd.
type member struct {
	id                                                         int64
	username, display, email                                   string
	hasFactor, hasCodes, signedIn, disabled, isStaff, isInCrew bool
	byKey                                                      bool // the factor is a hardware key, not the app
}

// factors are the kinds of factors that the person has.
func (m *member) factors() people.FactorKinds {
	switch {
	case !m.hasFactor:
		return nil
	case m.byKey:
		return people.FactorKinds{people.HardwareKey}
	}
	return people.FactorKinds{people.App}
}

// crowd is many people, made without their sign-ins: lists of them are compared with
// what the same rules say of this plain list.
type crowd []*member

// newCrowd stores people. Many have the same name; describe decides the rest.
func newCrowd(h *kit, count int, describe func(i int, m *member)) crowd {
	h.Helper()
	h.twoGroups()
	first := []string{"Mia", "Otto", "Ida", "Max", "Eva", "Max-Otto", "Amelie"}
	last := []string{"Muster", "Otterbein", "Ma", "Ida", "Zorn", "May", "Eder", "Abel", "Quast", "Ott", "Unger"}
	all := make(crowd, count)
	byName := map[string]*member{}
	var table strings.Builder
	table.WriteString("username,name,email,groups\n")
	for i := range all {
		m := &member{username: fmt.Sprintf("u%06d", (i*7919)%1_000_003), email: fmt.Sprintf("m%d@example.org", i)}
		m.display = first[i%len(first)] + " " + last[i%len(last)]
		describe(i, m)
		all[i], byName[m.username] = m, m
		fmt.Fprintf(&table, "%s,%s,%s,%s\n", m.username, m.display, m.email, strings.Join(m.groups(), " "))
	}
	_, err := h.Import(h.ctx, auth.Operator, []byte(table.String()), people.Limits{People: count}, oneWeek, "en")
	h.must(err)
	var rows []struct {
		ID       int64
		Username string
	}
	h.must(h.db.Read(h.ctx).Raw("SELECT id, username FROM accounts").Scan(&rows).Error)
	for _, row := range rows {
		if m := byName[row.Username]; m != nil {
			m.id = row.ID
		}
	}
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return all.store(h, tx) }))
	return all
}

// store gives the people their factors, codes, sign-ins and states.
func (c crowd) store(h *kit, tx *database.Tx) error {
	now := h.clock.Now().UnixMilli()
	for some := range slices.Chunk(c, 400) {
		var apps []totp.Key
		var keys []passkey.Key
		var codes []backupcode.Code
		columns := map[string][]int64{}
		for _, m := range some {
			if m.hasFactor && m.byKey {
				keys = append(keys, h.newKey(m.id, passkey.HardwareKey))
			} else if m.hasFactor {
				keyID := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(m.id))
				apps = append(apps, totp.Key{AccountID: m.id, Sealed: totp.Seal(h.ring, m.id, keyID, totp.NewSeed())})
			}
			if m.hasFactor || m.hasCodes {
				hash := sha256.Sum256([]byte(m.username))
				code := backupcode.Code{AccountID: m.id, SetNumber: 1, CodeHash: hash[:], UsedAt: now}
				if m.hasCodes {
					code.UsedAt = 0
				}
				codes = append(codes, code)
			}
			if m.signedIn {
				columns["last_sign_in_at"] = append(columns["last_sign_in_at"], m.id)
			}
			if m.disabled {
				columns["disabled_at"] = append(columns["disabled_at"], m.id)
			}
		}
		if len(codes) > 0 {
			if err := tx.Create(&codes).Error; err != nil {
				return err
			}
		}
		if len(apps) > 0 {
			if err := tx.Create(&apps).Error; err != nil {
				return err
			}
		}
		if len(keys) > 0 {
			if err := tx.Create(&keys).Error; err != nil {
				return err
			}
		}
		for column, ids := range columns {
			if err := tx.Table("accounts").Where("id IN ?", ids).UpdateColumn(column, now).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// groups returns the names of the groups, sorted.
func (m *member) groups() (names []string) {
	if m.isInCrew {
		names = append(names, "crew")
	}
	if m.isStaff {
		names = append(names, "staff")
	}
	return names
}

// words returns what the person is found by: the whole names, and the display name
// from each word on.
func (m *member) words() []string {
	display := strings.ToLower(m.display)
	words := []string{m.username, m.email, display}
	for i := range display {
		if i > 0 && strings.ContainsAny(display[i-1:i], " -") {
			words = append(words, display[i:])
		}
	}
	return words
}

// keyFor returns what the person is listed by where these beginnings of words were
// typed, and false if one of them begins none.
func (m *member) keyFor(typed []string) (key string, found bool) {
	if len(typed) == 0 {
		return strings.ToLower(m.display), true
	}
	longest := ""
	for _, prefix := range typed {
		fit := slices.DeleteFunc(m.words(), func(word string) bool { return !strings.HasPrefix(word, prefix) })
		if len(fit) == 0 {
			return "", false
		}
		if len(prefix) > len(longest) {
			longest, key = prefix, slices.Min(fit)
		}
	}
	return key, true
}

// filters says who belongs to a filtered list.
var filters = map[people.Filter]func(m *member) bool{
	people.Everybody:     func(*member) bool { return true },
	people.WithoutFactor: func(m *member) bool { return !m.hasFactor },
	people.WithoutCodes:  func(m *member) bool { return m.hasFactor && !m.hasCodes },
	people.NeverSignedIn: func(m *member) bool { return !m.signedIn },
	people.OnlyDisabled:  func(m *member) bool { return m.disabled },
}

// listed returns the ids of those who belong to a list, in its order.
func (c crowd) listed(q people.Query, group string) (ids []int64) {
	type entry struct {
		key string
		id  int64
	}
	var entries []entry
	for _, m := range c {
		if !filters[q.Filter](m) || group != "" && !slices.Contains(m.groups(), group) {
			continue
		}
		key, found := m.keyFor(strings.Fields(strings.ToLower(q.Search)))
		if !found {
			continue
		}
		entries = append(entries, entry{key, m.id})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if by := strings.Compare(a.key, b.key); by != 0 {
			return by
		}
		return int(a.id - b.id)
	})
	for _, e := range entries {
		ids = append(ids, e.id)
	}
	return ids
}
