package config

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
)

func (read ReadFile) checkLogo(path string) (Logo, error) {
	if path == "" {
		return Logo{}, nil
	}
	content, err := read.upTo(path, maxLogo)
	if err != nil {
		return Logo{}, err
	}
	if bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")) {
		return Logo{Bytes: content, Type: "image/png"}, checkPNG(path, content)
	}
	text, err := WithoutBOM(content)
	if err != nil {
		return Logo{}, fmt.Errorf("%s %w", path, err)
	}
	if isSVG([]byte(text)) {
		return Logo{Bytes: []byte(text), Type: "image/svg+xml"}, nil
	}
	return Logo{}, fmt.Errorf("%s is neither PNG nor SVG", path)
}

func checkPNG(path string, content []byte) error {
	size, err := png.DecodeConfig(bytes.NewReader(content))
	if err == nil && (size.Width > maxLogoSide || size.Height > maxLogoSide) {
		return fmt.Errorf("%s has %d by %d pixels, at most %d by %[4]d are allowed", path, size.Width, size.Height, maxLogoSide)
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(content))
	}
	if err != nil {
		return fmt.Errorf("%s is a damaged PNG", path)
	}
	return nil
}

// isSVG accepts well-formed XML whose outermost element is svg.
func isSVG(content []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	root := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return root == "svg"
		}
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = start.Name.Local
		}
	}
}
