package secretbox

import (
	"fmt"
	"slices"
)

// Reload reads the key file again and then uses its keys: the first one seals,
// as after a start. check gets the ring of the file alone and may refuse it;
// the caller judges the file there as at a start.
//
// After an error the ring is as it was. Two things stay in any case until the
// process ends: a key that is gone from the file still opens, for a request
// that has read a value meanwhile, and Subkey returns the same keys.
func (k *Keyring) Reload(check func(file *Keyring) error) error {
	k.reloading.Lock()
	defer k.reloading.Unlock()
	had := k.current.Load()
	fresh, err := load(k.path, k.rule)
	if err != nil {
		return err
	}
	former, err := fresh.missing(had)
	if err != nil {
		return fmt.Errorf("key file %s: %w", k.path, err)
	}
	if err := check(newKeyring("", fresh)); err != nil {
		return err
	}
	k.current.Store(&keySet{keys: fresh.keys, former: former, root: had.root})
	return nil
}

// missing returns the keys of another set that r lacks. A key that has another
// secret in r is an error: what it sealed would become unreadable.
func (r *keySet) missing(other *keySet) ([]ringKey, error) {
	var missing []ringKey
	for _, key := range slices.Concat(other.keys, other.former) {
		again := r.find(key.id)
		if again == nil {
			missing = append(missing, key)
		} else if again.secret != key.secret {
			return nil, fmt.Errorf("the key %s is not the one it was", key.name())
		}
	}
	return missing, nil
}
