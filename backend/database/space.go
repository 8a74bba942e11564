package database

// MinFreeSpace is how many bytes must stay free beside the embedded database.
// With less, only what needs little space or gives some back may go on.
const MinFreeSpace = 64 << 20

// FreeSpace returns how many bytes the user of this process can still write
// into the data folder. A database server looks after its own disk: with one,
// and on systems that do not tell, known is false.
func (d *DB) FreeSpace() (free uint64, known bool, err error) {
	if d.engine != SQLite {
		return 0, false, nil
	}
	return freeSpace(d.dir)
}
