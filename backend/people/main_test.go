package people_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"imagemaster/backend/testdb"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(crashVariable); text != "" {
		var life importingLife
		err := json.Unmarshal([]byte(text), &life)
		if err == nil {
			err = life.live(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testdb.Main(m, claims...)
}
