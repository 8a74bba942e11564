package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"imagemaster/backend/config"
)

// greet prints the address, whether the server is ready, and, until the first
// administrator exists, the one-time link that creates one. The token stands after
// the #, which browsers do not send, so that no proxy can log it.
func (s *server) greet(ctx context.Context, notReady error) error {
	token, err := s.system.Auth.NewSetupToken(ctx)
	if err != nil {
		return err
	}
	url := s.config.PublicURL
	if len(s.process.Args) == 0 && !s.config.Log.JSON { // somebody who may expect something else
		s.say("Running the server. Ctrl-C ends it. imagemaster --help lists the other commands.", "", "")
	}
	if token != "" {
		link := url + "/setup#" + token
		s.say("To create the first administrator, open this link within 24 hours:\n  "+link, "create the first administrator within 24 hours", "link", link)
	}
	if notReady == nil {
		s.say(s.config.BrandName+" is ready at "+url, "ready", "url", url)
	} else {
		s.say(fmt.Sprintf("%s runs at %s, but is not ready: %v", s.config.BrandName, url, notReady), "not ready", "url", url, "error", notReady.Error())
	}
	if typed, listening, differ := s.config.OtherPort(); differ {
		s.say(fmt.Sprintf("Nobody reaches it there: people open port %s, the server listens on %s. Make --public-url and --listen agree.", typed, listening),
			"nobody reaches the public URL: make --public-url and --listen agree", "public_port", typed, "listens_on", listening)
	}
	return nil
}

// say prints a text for people, or a line of JSON where the log is JSON. An output
// that takes nothing, such as a full disk, does not stop the server.
func (s *server) say(text, message, key string, values ...any) {
	if s.config.Log.JSON {
		newLog(s.process.Stdout, config.Log{JSON: true}).Info(message, append([]any{key}, values...)...)
		return
	}
	if _, err := fmt.Fprintln(s.process.Stdout, text); err != nil {
		s.log.Warn("standard output cannot be written", "error", err.Error())
	}
}

// newLog writes lines of text, or of JSON.
func newLog(w io.Writer, c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.JSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
