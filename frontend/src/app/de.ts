import type { Texts } from './en'

export const texts: Texts = {
  unreachable: {
    title: 'Der Server ist nicht erreichbar',
    text: 'Prüfen Sie Ihre Verbindung. Sobald der Server antwortet, geht es hier von selbst weiter.',
    retry: 'Noch einmal versuchen',
  },
}
