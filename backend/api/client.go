package api

import "imagemaster/backend/useragent"

// viewClient describes a browser by its User-Agent.
func viewClient(text string) ClientView {
	browser, system := useragent.Parse(text)
	return ClientView{Browser: browser, System: system, UserAgent: text}
}
