import type { Texts } from './en-welcome'

export const texts: Texts = {
  invitation: {
    title: 'Willkommen,',
    lead: (account) =>
      `Ihr Konto ${account} ist bereit. Wählen Sie ein Passwort; danach richten Sie einen zweiten Faktor ein und speichern Ihre Backup-Codes.`,
    signedInAs: (account) => `Sie sind hier als ${account} angemeldet. Diese Sitzung endet, wenn Sie fortfahren.`,
    submit: 'Weiter',
  },
  password: {
    title: 'Neues Passwort wählen',
    lead: (account) =>
      `Wählen Sie ein neues Passwort für das Konto ${account}. Hat es einen zweiten Faktor, werden Sie beim Anmelden weiterhin danach gefragt.`,
    submit: 'Passwort speichern',
  },
  newPassword: 'Neues Passwort',

  set: {
    title: 'Ihr Passwort ist gespeichert',
    text: (account) => `Melden Sie sich als ${account} mit dem neuen Passwort an.`,
    other: (account) => `Sie sind hier noch als ${account} angemeldet. Melden Sie sich zuerst ab.`,
  },
  unsure: {
    title: 'Die Verbindung wurde unterbrochen',
    text: 'Ihr neues Passwort ist wahrscheinlich gespeichert: Melden Sie sich damit an. Wenn das nicht geht, bitten Sie um einen neuen Link.',
  },
  ended: {
    title: 'Dieser Link gilt nicht mehr',
    text: 'Er wurde schon verwendet, ist zu alt oder unvollständig, oder ein neuerer oder eine Änderung des Kontos hat ihn beendet.',
    next: 'Wenn Sie damit ein Passwort gewählt haben, melden Sie sich an. Wenn nicht, bitten Sie die Person, die ihn Ihnen gegeben hat, um einen neuen.',
  },
  missing: {
    title: 'Öffnen Sie den ganzen Link',
    text: 'Diese Seite braucht den Link, den Sie bekommen haben, bis zum letzten Zeichen. Wenn Sie die Seite neu geladen haben, öffnen Sie den Link noch einmal.',
  },
  failed: { title: 'Dieser Link konnte nicht geprüft werden', again: 'Noch einmal versuchen' },
  help: 'Sie können auch hier um Hilfe bitten:',
  toSignIn: 'Zur Anmeldung',
}
