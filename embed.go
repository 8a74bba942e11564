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

// examples holds the settings of proxies for applications.
//
//go:embed docs/examples/gate-nginx.conf docs/examples/gate-Caddyfile docs/examples/gate-traefik.yml
var examples embed.FS

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

// commit is set by the linker (frontend/tools/build.js): Go itself finds none where
// the folder .git is elsewhere.
var commit string

// build returns what the program was made of: commit, Go and platform.
func build() string {
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if of := madeOf(); of != "" {
		text = "commit " + of + ", " + text
	}
	return text
}

// madeOf returns the commit, and whether files differed from it.
func madeOf() string {
	if commit != "" {
		return commit
	}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	found, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			found = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if found == "" {
		return ""
	}
	return found + changed
}
