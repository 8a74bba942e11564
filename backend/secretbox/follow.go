package secretbox

import (
	"fmt"
	"os"
	"slices"
)

// Reload reads the key file again and says whether its keys have changed. When
// the file cannot be read, the ring stays as it was.
//
// A running server is never worse off for a wrong file. A key that is gone from
// the file still opens until the process ends. The first key of the file seals
// from now on, unless the key that did so is gone: then this may be the file of
// something else, so the key goes on sealing, which the error says, until the
// database knows it for retired (GiveUp) or the process starts again and is
// judged by the canaries. The keys of other purposes stay what they were.
func (k *Keyring) Reload() (changed bool, err error) {
	if k.path == "" {
		return false, nil
	}
	k.reading.Lock()
	defer k.reading.Unlock()
	return k.reload()
}

func (k *Keyring) reload() (changed bool, err error) {
	had := k.current.Load()
	fresh, err := load(k.path)
	if err != nil {
		return false, err
	}
	for _, key := range slices.Concat(had.keys, had.former) {
		again := fresh.find(key.id)
		if again == nil {
			fresh.former = append(fresh.former, key)
		} else if again.secret != key.secret {
			return false, fmt.Errorf("key file %s: the key %s is not the one it was", k.path, key.name())
		}
	}
	fresh.root = had.root
	if !slices.ContainsFunc(fresh.keys, func(key ringKey) bool { return key.id == had.seals.id }) {
		fresh.seals = had.seals
		err = fmt.Errorf("key file %s does not hold the key %s, which goes on sealing", k.path, had.seals.name())
	}
	k.current.Store(fresh)
	return !slices.EqualFunc(had.keys, fresh.keys, func(a, b ringKey) bool { return a.id == b.id }), err
}

// GiveUp makes the first key of the file seal instead of one that was retired.
// It returns false when there is no other.
func (k *Keyring) GiveUp(id string) bool {
	k.follow()
	k.reading.Lock()
	defer k.reading.Unlock()
	now := k.current.Load()
	if now.seals.name() != id {
		return true
	}
	next := *now
	next.seals = &next.keys[0]
	k.current.Store(&next)
	return next.seals.name() != id
}

// follow reads the file again if it has changed since. A file that cannot be
// used is looked at again the next time; Reload says what is wrong with it.
func (k *Keyring) follow() {
	if k.path == "" || !k.outdated() {
		return
	}
	k.reading.Lock()
	defer k.reading.Unlock()
	if k.outdated() { // nobody was faster
		_, _ = k.reload()
	}
}

func (k *Keyring) outdated() bool {
	info, err := os.Stat(k.path)
	return err == nil && !sameVersion(k.current.Load().source, info)
}

// Snapshot returns the ring as the file is now. It does not follow the file, so
// that several values are sealed with the same key.
func (k *Keyring) Snapshot() *Keyring {
	k.follow()
	return newKeyring("", k.current.Load())
}
