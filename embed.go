package main

import "embed"

// frontend is the built web interface. The folder holds .gitkeep in the
// repository, so that the program compiles before the web interface is built.
//
//go:embed all:frontend/dist
var frontend embed.FS
