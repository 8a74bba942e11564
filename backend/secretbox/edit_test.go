package secretbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func add(f *File) error {
	f.Add()
	return nil
}

// keyFile writes a key file of one key into a folder of its own.
func keyFile(t *testing.T, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	write(t, path, line(1), mode)
	return path
}

func TestEditKeepsModeAndLeavesNothingBehind(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o640, 0o440} {
		path := keyFile(t, mode)
		if err := Edit(path, add); err != nil {
			t.Fatal(err)
		}
		k, err := Load(path)
		if err != nil || len(k.IDs()) != 2 {
			t.Errorf("mode %o: %v", mode, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("mode is %v, was %o", info.Mode(), mode)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("files left: %v, %v", left, err)
		}
	}
}

func TestEditTouchesNothingWithoutAChange(t *testing.T) {
	path := keyFile(t, 0o600)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	fault := errors.New("no")
	for _, change := range []func(*File) error{
		func(*File) error { return nil },
		func(f *File) error { f.Add(); return fault },
	} {
		if err := Edit(path, change); err != nil && !errors.Is(err, fault) {
			t.Error(err)
		}
		if after, err := os.Stat(path); err != nil || !sameVersion(before, after) {
			t.Errorf("the file was touched: %v", err)
		}
	}
}

func TestEditRefusesUnsafeFiles(t *testing.T) {
	folder := t.TempDir()
	link := filepath.Join(folder, "link")
	target := keyFile(t, 0o600)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(folder, "dangling")
	if err := os.Symlink(filepath.Join(folder, "nothing"), dangling); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o770)); err != nil {
		t.Fatal(err)
	}
	inOpen := filepath.Join(open, "keys")
	write(t, inOpen, line(1), 0o600)
	full := filepath.Join(folder, "full")
	write(t, full, line(1)+strings.Repeat("#\n", (maxKeyFile-len(line(1)))/2), 0o600)
	damaged := filepath.Join(folder, "damaged")
	write(t, damaged, line(1)+"damaged\n", 0o600)
	for path, want := range map[string]string{
		link:                             "is a link",
		dangling:                         "is a link",
		folder:                           "is not a file",
		inOpen:                           "chmod go-w " + open,
		keyFile(t, 0o660):                "chmod 600",
		keyFile(t, 0o606):                "chmod 600",
		keyFile(t, 0o644):                "chmod 600",
		full:                             "larger than",
		damaged:                          "line 2",
		filepath.Join(folder, "missing"): "no such file",
	} {
		before, _ := os.ReadFile(path)
		err := Edit(path, add)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s was changed", path)
		}
	}
}

// Others may put files into a folder with the sticky bit, but not exchange ours.
func TestEditInASharedFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "keys")
	write(t, path, line(1), 0o600)
	if err := Edit(path, add); err != nil {
		t.Error(err)
	}
}

// What somebody else writes while the file is being changed is not overwritten.
func TestEditNoticesOtherWriters(t *testing.T) {
	for name, disturb := range map[string]func(path string){
		"written over": func(path string) { write(t, path, line(1)+line(2), 0o600) },
		"exchanged": func(path string) {
			write(t, path+".new", line(1), 0o600)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		path := keyFile(t, 0o600)
		var disturbed []byte
		err := Edit(path, func(f *File) error {
			disturb(path)
			disturbed, _ = os.ReadFile(path)
			return add(f)
		})
		if err == nil || !strings.Contains(err.Error(), "left as it is") {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != string(disturbed) {
			t.Errorf("%s: was overwritten", name)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("%s: files left: %v, %v", name, left, err)
		}
	}
}

// No key is lost between commands at the same moment, and every reader finds a
// whole file.
func TestEditInParallel(t *testing.T) {
	path := keyFile(t, 0o600)
	const editors = 20
	var all, readers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if k, err := Load(path); err != nil || k.CurrentID() != "0000000000000001" {
					t.Errorf("a reader found a file that is not whole: %v", err)
					return
				}
			}
		})
	}
	for range editors {
		all.Go(func() {
			if err := Edit(path, add); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(done)
	readers.Wait()
	if k, err := Load(path); err != nil || len(k.IDs()) != editors+1 {
		t.Errorf("%d keys, want %d: %v", len(k.IDs()), editors+1, err)
	}
}
