package api

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// isFramedClearly reports whether the headers leave no doubt about where a request
// ends. The parser accepts more than RFC 9112 allows. If a proxy in front sees
// another end than we do, one request becomes two, and the second one can be taken
// for that of another person (request smuggling).
//
// It refuses:
//   - Transfer-Encoding beside Content-Length (section 6.1), sent twice, in HTTP/1.0,
//     or with another value than chunked;
//   - a header line that continues on the next line (5.2), has space before its colon
//     (5.1), or ends without a carriage return (2.2).
//
// The parser itself refuses a second or malformed Content-Length.
func isFramedClearly(header *fasthttp.RequestHeader) bool {
	var encodings, lengths int
	for line := range bytes.Lines(header.RawHeaders()) {
		line, complete := bytes.CutSuffix(line, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !complete || bytes.ContainsAny(name, " \t") {
			return false
		}
		switch {
		case bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)):
			encodings++
			if !bytes.EqualFold(bytes.Trim(value, " \t"), []byte("chunked")) {
				return false
			}
		case bytes.EqualFold(name, []byte(fiber.HeaderContentLength)):
			lengths++
		}
	}
	return encodings == 0 || encodings == 1 && lengths == 0 && header.IsHTTP11()
}
