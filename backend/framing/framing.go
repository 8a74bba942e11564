// Package framing says whether two HTTP servers in a row see the same end of a request.
package framing

import (
	"bytes"

	"github.com/valyala/fasthttp"
)

// IsClear reports whether the headers leave no doubt about where a request
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
func IsClear(header *fasthttp.RequestHeader) bool {
	var encodings, lengths int
	for line := range bytes.Lines(header.RawHeaders()) {
		line, complete := bytes.CutSuffix(line, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		if !complete || bytes.ContainsAny(name, " \t") {
			return false
		}
		switch {
		case bytes.EqualFold(name, []byte(fasthttp.HeaderTransferEncoding)):
			encodings++
			if !bytes.EqualFold(bytes.Trim(value, " \t"), []byte("chunked")) {
				return false
			}
		case bytes.EqualFold(name, []byte(fasthttp.HeaderContentLength)):
			lengths++
		}
	}
	return encodings == 0 || encodings == 1 && lengths == 0 && header.IsHTTP11()
}

// HasBody reports whether the headers announce a body. The parser leaves that of a GET to
// be read as the next request.
func HasBody(header *fasthttp.RequestHeader) bool {
	for line := range bytes.Lines(header.RawHeaders()) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte(fasthttp.HeaderTransferEncoding)):
			return true
		case bytes.EqualFold(name, []byte(fasthttp.HeaderContentLength)):
			if string(bytes.TrimSpace(value)) != "0" {
				return true
			}
		}
	}
	return false
}
