package gate

import (
	"html/template"

	"github.com/gofiber/fiber/v2"
)

// pageText is a page for people in both languages: the host of an application does not
// know which one the person reads.
type pageText struct {
	title, text     string // in English
	titleDE, textDE string // in German
	again           string // where the next try begins, "" = nowhere
}

// refusals are the texts of requests that are refused. Programs get the English ones.
var refusals = map[reason]pageText{
	badHeaders: {title: "The request is refused", text: "The proxy does not say clearly which address is asked for. See the guide of the gate.",
		titleDE: "Die Anfrage wird abgelehnt", textDE: "Der Proxy sagt nicht eindeutig, welche Adresse gefragt ist. Siehe die Anleitung zum Gate."},
	noAddress: {title: "Nothing is here", text: "No application is known at this address. Check the address, or ask the people who run it.",
		titleDE: "Hier ist nichts", textDE: "Unter dieser Adresse ist keine Anwendung bekannt. Prüfen Sie die Adresse, oder fragen Sie die Betreiber."},
	crossSite: {title: "The request is refused", text: "Requests from other origins are not accepted here.",
		titleDE: "Die Anfrage wird abgelehnt", textDE: "Anfragen von anderen Adressen werden hier nicht angenommen."},
	noDatabase: {title: "Not ready", text: "The sign-in will be back shortly. Try again in a moment.",
		titleDE: "Noch nicht bereit", textDE: "Die Anmeldung ist gleich wieder da. Versuchen Sie es in einem Moment noch einmal."},
}

func (g *gate) page(c *fiber.Ctx, status int, text pageText) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(status)
	return page.Execute(c, map[string]string{"Brand": g.Brand, "Title": text.title, "Text": text.text, "TitleDE": text.titleDE, "TextDE": text.textDE, "Again": text.again})
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Brand}}: {{.Title}}</title>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
{{with .Again}}<p><a href="{{.}}">Try again</a></p>
{{end}}<section lang="de">
<h2>{{.TitleDE}}</h2>
<p>{{.TextDE}}</p>
{{with .Again}}<p><a href="{{.}}">Noch einmal versuchen</a></p>
{{end}}</section>
</html>
`))
