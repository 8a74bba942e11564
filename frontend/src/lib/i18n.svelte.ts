import type { Texts } from '../texts/en'
import type { RoomTexts } from '../texts/en-room'
import { recall, remember } from './store'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

const doors: Record<Language, () => Promise<Texts>> = {
  en: () => import('../texts/en').then((module) => module.en),
  de: () => import('../texts/de').then((module) => module.de),
}

const rooms: Record<Language, () => Promise<RoomTexts>> = {
  en: () => import('../texts/en-room').then((module) => module.enRoom),
  de: () => import('../texts/de-room').then((module) => module.deRoom),
}

/**
 * The language and its texts. Only the catalogs in use are loaded: those of the
 * first page before anything is drawn, the others before the next page opens.
 */
class I18n {
  language = $state<Language>('en')
  // Set by use() before anything is drawn, and by enterRoom() before a page needs the rest.
  t = $state.raw({} as Texts & RoomTexts)
  #wanted: Language | undefined
  #inRoom = false

  /** Shows a language, loading its texts first. Of two calls at once the later one decides. */
  async use(language: Language) {
    this.#wanted = language
    const [door, room] = await Promise.all([doors[language](), this.#inRoom && rooms[language]()])
    if (this.#wanted !== language) return
    this.t = { ...this.t, ...door, ...room }
    this.language = language
    document.documentElement.lang = language
  }

  /** Loads the texts of the pages behind the first one. */
  async enterRoom() {
    if (this.#inRoom) return
    const room = await rooms[this.language]()
    this.#inRoom = true
    this.t = { ...this.t, ...room }
  }

  /** Shows the language a person picked and remembers it. */
  async choose(language: Language) {
    remember('language', language)
    await this.use(language)
  }

  /** Before anyone has signed in: the switch, then the browser. */
  start(): Promise<void> {
    return this.use(asLanguage(recall('language')) ?? fromBrowser())
  }

  /** The profile goes before the switch; an empty profile decides nothing. */
  async followProfile(language: string) {
    const known = asLanguage(language)
    if (known) await this.use(known)
  }
}

function asLanguage(value: string | null): Language | undefined {
  return languages.find((language) => language === value)
}

function fromBrowser(): Language {
  for (const tag of navigator.languages) {
    const known = asLanguage(tag.slice(0, 2).toLowerCase())
    if (known) return known
  }
  return 'en'
}

export const i18n = new I18n()
