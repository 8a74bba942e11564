package password

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"
)

func TestHashAndVerify(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	phc, err := h.Hash("Zu\u0308rich kettle violin")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || len(phc) > maxPHC {
		t.Errorf("hash has other parameters: %s", phc)
	}
	for _, c := range []struct {
		pw   string
		want bool
	}{
		{"Zu\u0308rich kettle violin", true},
		{"Z\u00fcrich kettle violin", true}, // the same letters from another keyboard
		{"Z\u00fcrich kettle violi", false},
		{"Z\u00fcrich kettle violin ", false},
		{"z\u00fcrich kettle violin", false},
		{"", false},
	} {
		if got, err := h.Verify(c.pw, phc); err != nil || got != c.want {
			t.Errorf("Verify(%q) = %v, %v", c.pw, got, err)
		}
	}
	if NewHasher(1, DefaultCost).NeedsRehash(phc) {
		t.Error("a new hash is called weak")
	}
	if again, _ := h.Hash("Zu\u0308rich kettle violin"); again == phc {
		t.Error("two hashes share a salt")
	}
}

func TestVerifyReadsAllOfALongPassword(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	pw := longPassword(256)
	phc, err := h.Hash(pw)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.Verify(pw[:255]+"!", phc); ok || err != nil {
		t.Errorf("last character ignored: %v, %v", ok, err)
	}
}

// The hash comes from the tests of the Argon2 reference implementation.
func TestVerifyHashOfReferenceImplementation(t *testing.T) {
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := NewHasher(1, DefaultCost)
	if ok, err := h.Verify("password", phc); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
	if ok, err := h.Verify("Password", phc); ok || err != nil {
		t.Errorf("Verify of another password = %v, %v", ok, err)
	}
}

func TestKeyUsesTheParametersOfTheHash(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	salt := []byte("0123456789abcdef")
	key := h.Key([]byte("7K2MQ9XA4TBDR8WC"), salt)
	if want := argon2.IDKey([]byte("7K2MQ9XA4TBDR8WC"), salt, 2, 19456, 1, 32); !bytes.Equal(key, want) {
		t.Errorf("Key = %s", hex.EncodeToString(key))
	}
	if ok, err := h.Verify("7K2MQ9XA4TBDR8WC", DefaultCost.encode(salt, key)); !ok || err != nil {
		t.Errorf("Verify of the same run = %v, %v", ok, err)
	}
}

func TestStoredHashIsBounded(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	good, err := h.Hash("violin kettle water")
	if err != nil {
		t.Fatal(err)
	}
	const params = "m=19456,t=2,p=1"
	parts := strings.Split(good, "$")
	salt, key := parts[4], parts[5]
	bad := map[string]string{
		"empty":              "",
		"text":               "not a hash",
		"memory":             strings.Replace(good, params, "m=4194304,t=2,p=1", 1),
		"memory above":       strings.Replace(good, params, "m=65537,t=2,p=1", 1),
		"memory below lanes": strings.Replace(good, params, "m=7,t=2,p=1", 1),
		"memory wraps":       strings.Replace(good, params, "m=4294986752,t=2,p=1", 1),
		"iterations":         strings.Replace(good, params, "m=19456,t=4000000000,p=1", 1),
		"no iterations":      strings.Replace(good, params, "m=19456,t=0,p=1", 1),
		"lanes":              strings.Replace(good, params, "m=19456,t=2,p=255", 1),
		"no lanes":           strings.Replace(good, params, "m=19456,t=2,p=0", 1),
		"negative":           strings.Replace(good, params, "m=-1,t=2,p=1", 1),
		"tail":               strings.Replace(good, params, params+"x", 1),
		"spelling":           strings.Replace(good, params, "m=019456,t=2,p=1", 1),
		"variant":            strings.Replace(good, "argon2id", "argon2i", 1),
		"version":            strings.Replace(good, "v=19", "v=16", 1),
		"no salt":            strings.Replace(good, salt, "", 1),
		"short salt":         strings.Replace(good, salt, "AAAA", 1),
		"no key":             strings.Replace(good, key, "", 1),
		"short key":          strings.Replace(good, key, "AAAA", 1),
		"long key":           good + strings.Repeat("A", 100),
		"bad base64":         strings.Replace(good, key, key[:42]+"!", 1),
		"more":               good + "$x",
		"long":               good + strings.Repeat("A", 10000),
	}
	before := h.Runs()
	for name, phc := range bad {
		if phc == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		ok, err := h.Verify("violin kettle water", phc)
		if ok || err == nil {
			t.Errorf("%s: Verify = %v, %v", name, ok, err)
		}
		if err != nil && phc != "" && strings.Contains(err.Error(), phc) {
			t.Errorf("%s: the error shows the stored hash", name)
		}
		if !NewHasher(1, DefaultCost).NeedsRehash(phc) {
			t.Errorf("%s: NeedsRehash = false", name)
		}
	}
	if h.Runs() != before {
		t.Errorf("%d runs for hashes that are out of bounds", h.Runs()-before)
	}
}

func TestNeedsRehash(t *testing.T) {
	const tail = "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	for phc, want := range map[string]bool{
		"$argon2id$v=19$m=19456,t=2,p=1" + tail:                                                  false,
		"$argon2id$v=19$m=65536,t=3,p=4" + tail:                                                  false,
		"$argon2id$v=19$m=12288,t=3,p=1" + tail:                                                  true,
		"$argon2id$v=19$m=19456,t=1,p=1" + tail:                                                  true,
		"$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY": true,
		"$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg":           true,
		"$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW":                           true,
	} {
		if got := NewHasher(1, DefaultCost).NeedsRehash(phc); got != want {
			t.Errorf("NewHasher(1, DefaultCost).NeedsRehash(%s) = %v", phc, got)
		}
	}
}

func TestVerifyTakesOtherParametersInBounds(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	salt := []byte("0123456789abcdef")
	key := argon2.IDKey([]byte("violin kettle water"), salt, 1, 64, 2, 16)
	phc := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=2$%s$%s", b64(salt), b64(key))
	if ok, err := h.Verify("violin kettle water", phc); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
	if ok, err := h.Verify("violin kettle waters", phc); ok || err != nil {
		t.Errorf("Verify of another password = %v, %v", ok, err)
	}
}

func TestRunsCountsEveryRun(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	phc, err := h.Hash("violin kettle water")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Verify("violin kettle water", phc); err != nil {
		t.Fatal(err)
	}
	h.VerifyNobody("violin kettle water")
	h.Key([]byte("code"), []byte("0123456789abcdef"))
	if got := h.Runs(); got != 4 {
		t.Errorf("Runs = %d, want 4", got)
	}
}

// The hash of VerifyNobody must cost the same as a new hash.
func TestNobodyHasTheSameParameters(t *testing.T) {
	h := NewHasher(1, DefaultCost)
	p, err := decode(h.nobody)
	if err != nil {
		t.Fatal(err)
	}
	if p.Memory != DefaultCost.MemoryKiB || p.Iterations != DefaultCost.Iterations || p.Parallelism != parallelism || p.KeyLength != keySize || p.SaltLength != saltSize {
		t.Errorf("parameters %+v", p)
	}
}

// 64 sign-ins at once must not take 64 times the memory of one.
func TestMemoryOfManyAtOnce(t *testing.T) {
	h := NewHasher(2, DefaultCost)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2)
	for range 64 {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			leave, err := h.Enter(t.Context(), Source{})
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			h.VerifyNobody("violin kettle water")
		})
	}
	wg.Wait()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys - before.HeapSys); grown > 150<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if h.Runs() != 64 {
		t.Errorf("%d runs", h.Runs())
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, phc string) {
		p, err := decode(phc)
		if err != nil {
			return
		}
		if p.Memory > maxMemoryKiB || p.Iterations > maxIterations || p.Iterations == 0 || p.Parallelism > maxParallelism || p.Parallelism == 0 || p.KeyLength > maxKeySize || p.KeyLength < minKeySize {
			t.Errorf("accepted %+v", p)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(1, DefaultCost)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash("violin kettle water"); err != nil {
			b.Fatal(err)
		}
	}
}
