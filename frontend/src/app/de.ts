import type { Texts } from './en'

export const texts: Texts = {
  unreachable: {
    title: 'Der Server ist nicht erreichbar',
    text: 'Prüfen Sie Ihre Verbindung. Sobald der Server antwortet, geht es hier von selbst weiter.',
    retry: 'Noch einmal versuchen',
  },
  insecure: {
    title: 'Diese Verbindung ist nicht sicher',
    text: 'Anmelden können Sie sich nur über eine sichere Verbindung, denn sonst könnte jemand Ihr Passwort mitlesen. Öffnen Sie die Adresse mit https:// am Anfang.',
    open: (address) => `${address} öffnen`,
    operator: 'Wenn das nicht geht, fragen Sie die Betreiber dieses Servers nach der richtigen Adresse.',
  },
  notFound: {
    title: 'Seite nicht gefunden',
    text: 'Unter dieser Adresse gibt es keine Seite. Prüfen Sie die Adresse oder beginnen Sie auf der Startseite.',
    home: 'Zur Startseite',
  },
}
