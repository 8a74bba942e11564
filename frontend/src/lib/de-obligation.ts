import type { Texts } from './en-obligation'
import { plural } from './plural'

export const texts: Texts = {
  by: (day, days) => `bis zum ${day} (noch ${plural(days, '1 Tag', `${days} Tage`)})`,
  byToday: (time) => `heute bis ${time}`,
  audiences: {
    everybody: 'alle',
    groups: (names) => `${plural(names.length, 'Gruppe', 'Gruppen')} ${names.join(', ')}`,
    staff: 'Helfer und Administratoren',
  },
  from: (day) => `ab ${day}`,
  since: {
    start: (day) => `seit ${day}`,
    created: () => 'seit das Konto angelegt wurde',
    joined: () => 'seit dem Beitritt',
    role: () => 'seit die Rolle vergeben wurde',
    changed: () => 'seit diese Regel eingeführt oder geändert wurde',
  },

  person: {
    any: {
      meets: (why) => `Hat den verlangten zweiten Faktor: ${why}.`,
      owes: (by, why) => `Muss ${by} einen zweiten Faktor einrichten: ${why}.`,
      late: (day, why) =>
        `Musste bis zum ${day} einen zweiten Faktor einrichten: ${why}. Die nächste Anmeldung führt zur Einrichtung.`,
      excepted: (day, why) => `Braucht bis zum ${day} keinen zweiten Faktor. Sonst wird er verlangt: ${why}.`,
    },
    resistant: {
      meets: (why) => `Hat den verlangten Passkey oder Hardware-Schlüssel: ${why}.`,
      owes: (by, why) => `Muss ${by} einen Passkey oder Hardware-Schlüssel hinzufügen: ${why}.`,
      late: (day, why) =>
        `Musste bis zum ${day} einen Passkey oder Hardware-Schlüssel hinzufügen: ${why}. Die nächste Anmeldung führt zur Einrichtung.`,
      excepted: (day, why) =>
        `Braucht bis zum ${day} keinen Passkey oder Hardware-Schlüssel. Sonst wird er verlangt: ${why}.`,
    },
  },

  own: {
    any: {
      title: 'Zwei-Faktor-Authentifizierung einrichten',
      setUpBy: (by) => `Richten Sie die Zwei-Faktor-Authentifizierung ein: ${by}.`,
      why: (why) => `Ihre Organisation verlangt die Zwei-Faktor-Authentifizierung. Für: ${why}.`,
      setUp: 'Authenticator einrichten',
      required: (day, why) =>
        `Die Zwei-Faktor-Authentifizierung wird seit ${day} verlangt: ${why}. Richten Sie sie ein, um weiterzumachen.`,
      excepted: (day, why) =>
        `Für Sie gilt bis zum ${day} eine Ausnahme. Sonst verlangt Ihre Organisation die Zwei-Faktor-Authentifizierung: ${why}.`,
      minutes: 'Das dauert etwa zwei Minuten, mit Ihrem Telefon und einer Authenticator-App.',
    },
    resistant: {
      title: 'Passkey oder Hardware-Schlüssel hinzufügen',
      setUpBy: (by) => `Fügen Sie einen Passkey oder Hardware-Schlüssel hinzu: ${by}.`,
      why: (why) =>
        `Ihre Organisation verlangt einen Passkey oder Hardware-Schlüssel, denn er funktioniert auf keiner gefälschten Seite. Für: ${why}.`,
      setUp: 'Passkey oder Hardware-Schlüssel hinzufügen',
      required: (day, why) =>
        `Ein Passkey oder Hardware-Schlüssel wird seit ${day} verlangt: ${why}. Fügen Sie einen hinzu, um weiterzumachen.`,
      excepted: (day, why) =>
        `Für Sie gilt bis zum ${day} eine Ausnahme. Sonst verlangt Ihre Organisation einen Passkey oder Hardware-Schlüssel: ${why}.`,
      minutes: 'Das dauert etwa zwei Minuten, mit diesem Gerät, Ihrem Telefon oder einem Hardware-Schlüssel.',
    },
    later: (days) => plural(days, 'Später, noch 1 Tag', `Später, noch ${days} Tage`),
    laterToday: 'Später, heute ist der letzte Tag',
    now: 'Jetzt einrichten',
  },
}
