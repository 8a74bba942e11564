package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"imagemaster/backend/config"
)

// strictJSON reads a text that is exactly one JSON value of the shape of into, a pointer
// to a structure of structures, lists, strings and whole numbers. Each member must be
// there, but for the optional ones, once, under its exact name, and not null. The error
// says where.
func strictJSON(text []byte, into any, optional ...string) error {
	plain, err := config.WithoutBOM(text)
	if err != nil {
		return err
	}
	if !utf8.ValidString(plain) {
		return errors.New("is not in UTF-8")
	}
	r := strictReader{Decoder: json.NewDecoder(strings.NewReader(plain)), text: plain, optional: optional}
	r.UseNumber()
	if err := r.value(reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: something follows after the end", r.line())
	}
	return json.NewDecoder(bytes.NewReader([]byte(plain))).Decode(into)
}

type strictReader struct {
	*json.Decoder
	text     string
	optional []string
}

// line says which line was read last.
func (r *strictReader) line() string {
	return fmt.Sprintf("line %d", 1+strings.Count(r.text[:min(int(r.InputOffset()), len(r.text))], "\n"))
}

func (r *strictReader) wrong(path, format string, args ...any) error {
	place := r.line()
	if path != "" {
		place += ", " + path
	}
	return fmt.Errorf("%s: %s", place, fmt.Sprintf(format, args...))
}

// next returns the next token.
func (r *strictReader) next(path string) (json.Token, error) {
	token, err := r.Token()
	if err != nil {
		return nil, r.wrong(path, "this is no JSON")
	}
	return token, nil
}

func (r *strictReader) value(shape reflect.Type, path string) error {
	token, err := r.next(path)
	if err != nil {
		return err
	}
	_, isText := token.(string)
	number, isNumber := token.(json.Number)
	switch {
	case shape.Kind() == reflect.Struct && token == json.Delim('{'):
		return r.object(shape, path)
	case shape.Kind() == reflect.Slice && token == json.Delim('['):
		return r.list(shape.Elem(), path)
	case shape.Kind() == reflect.String && isText:
		return nil
	case shape.Kind() == reflect.Int && isNumber:
		if json.Unmarshal([]byte(number), new(int)) == nil {
			return nil
		}
	}
	kinds := map[reflect.Kind]string{reflect.Struct: "an object", reflect.Slice: "a list", reflect.String: "a text", reflect.Int: "a whole number"}
	return r.wrong(path, "must be %s", kinds[shape.Kind()])
}

// object reads an object after its opening brace.
func (r *strictReader) object(shape reflect.Type, path string) error {
	members := map[string]reflect.Type{}
	var required []string
	for _, field := range reflect.VisibleFields(shape) {
		if name := field.Tag.Get("json"); name != "-" {
			members[name] = field.Type
			if !slices.Contains(r.optional, name) {
				required = append(required, name)
			}
		}
	}
	seen := map[string]bool{}
	for r.More() {
		token, err := r.next(path)
		if err != nil {
			return err
		}
		name, _ := token.(string)
		switch {
		case members[name] == nil:
			return r.wrong(path, "there is no member %q", name)
		case seen[name]:
			return r.wrong(path, "the member %q is there twice", name)
		}
		seen[name] = true
		if err := r.value(members[name], within(path, name)); err != nil {
			return err
		}
	}
	if _, err := r.next(path); err != nil { // the closing brace
		return err
	}
	for _, name := range required {
		if !seen[name] {
			return r.wrong(path, "the member %q is missing", name)
		}
	}
	return nil
}

// list reads a list after its opening bracket.
func (r *strictReader) list(shape reflect.Type, path string) error {
	for i := 0; r.More(); i++ {
		if err := r.value(shape, within(path, fmt.Sprint(i))); err != nil {
			return err
		}
	}
	_, err := r.next(path)
	return err
}

func within(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}
