package api

import "imagemaster/backend/useragent"

// ClientView is the browser that a request came from. Browser and system are
// empty where its User-Agent does not say.
type ClientView struct {
	Browser string `json:"browser" doc:"Such as Firefox; may be empty."`
	System  string `json:"system" doc:"Such as Windows; may be empty."`
}

// viewClient describes a browser by its User-Agent.
func viewClient(text string) ClientView {
	browser, system := useragent.Parse(text)
	return ClientView{Browser: browser, System: system}
}
