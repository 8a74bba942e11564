package main

import "embed"

// frontend is the built web interface. The folder always holds .gitkeep, so
// that the program compiles before the web interface was built.
//
//go:embed all:frontend/dist
var frontend embed.FS
