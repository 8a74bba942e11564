package config

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
)

func TestBrandLogo(t *testing.T) {
	gray := func(width, height int) []byte {
		var out bytes.Buffer
		if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	good, wide := gray(40, 20), gray(2049, 1)
	full := append([]byte("<svg>"), bytes.Repeat([]byte(" "), maxLogo-len("<svg></svg>"))...)
	full = append(full, "</svg>"...)
	content := map[string][]byte{
		"png": good, "wide": wide, "cut": good[:len(good)-20], "broken": append([]byte("\x89PNG\r\n\x1a\n"), "nothing"...),
		"svg":  []byte(`<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>`),
		"mark": []byte("\ufeff<svg></svg>"), "wide text": []byte("\xff\xfe<\x00s\x00v\x00g\x00/\x00>\x00"),
		"full": full, "more": append(full, ' '),
		"html": []byte("<html><svg></svg></html>"), "open": []byte("<svg><path></svg>"), "jpeg": []byte("\xff\xd8\xff\xe0"), "empty": nil,
	}
	for _, c := range []struct{ file, kind, err string }{
		{"", "", ""},
		{"png", "image/png", ""},
		{"svg", "image/svg+xml", ""},
		{"mark", "image/svg+xml", ""},
		{"wide text", "", "is in UTF-16: save it as UTF-8"},
		{"full", "image/svg+xml", ""},
		{"more", "", "larger than 64 KiB"},
		{"wide", "", "2049 by 1 pixels, at most 2048 by 2048"},
		{"cut", "", "damaged PNG"},
		{"broken", "", "damaged PNG"},
		{"html", "", "neither PNG nor SVG"},
		{"open", "", "neither PNG nor SVG"},
		{"jpeg", "", "neither PNG nor SVG"},
		{"empty", "", "neither PNG nor SVG"},
		{"missing", "", "cannot read missing: file does not exist"},
	} {
		logo, err := files(content).checkLogo(c.file)
		if c.err == "" && (err != nil || logo.Type != c.kind || !bytes.Equal(logo.Bytes, bytes.TrimPrefix(content[c.file], []byte("\ufeff")))) {
			t.Errorf("%s: got %q, %v", c.file, logo.Type, err)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %v, want %q", c.file, err, c.err)
		}
	}
}
