package api

import "regexp"

const headerTraceparent = "Traceparent"

// traceparent is W3C Trace Context, section 3.2: version, trace id, parent id and
// flags. A later version may add fields; version ff is none.
var traceparent = regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$`)

// traceID returns the trace id of a Traceparent header, "" for none or a bad one.
// It only stands in the log, so nothing depends on who sent it.
func traceID(header string) string {
	part := traceparent.FindStringSubmatch(header)
	const noTrace, noParent = "00000000000000000000000000000000", "0000000000000000"
	if part == nil || part[1] == "ff" || part[1] == "00" && part[4] != "" || part[2] == noTrace || part[3] == noParent {
		return ""
	}
	return part[2]
}
