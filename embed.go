package main

import (
	"embed"
	"encoding/json"
	"runtime"
	"runtime/debug"
)

// frontend is the built web interface. The folder holds .gitkeep in the
// repository, so that the program compiles before the web interface is built.
//
//go:embed all:frontend/dist
var frontend embed.FS

// packageJSON holds the version, which thus stands in one place.
//
//go:embed package.json
var packageJSON []byte

// version returns the version, such as 1.2.3.
func version() string {
	var file struct{ Version string }
	if err := json.Unmarshal(packageJSON, &file); err != nil || file.Version == "" {
		panic("package.json has no version") // a test reads it
	}
	return file.Version
}

// build returns what the program was made of: commit, Go and platform.
func build() string {
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return text
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if commit != "" {
		text = "commit " + commit + changed + ", " + text
	}
	return text
}
