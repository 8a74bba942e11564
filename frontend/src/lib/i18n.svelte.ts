import type { RoomTexts } from '../settings/en'
import type { ActivityTexts } from '../settings/en-activity'
import type { SettingsTexts } from '../settings/en-two-factor'
import type { Texts } from './en'
import { recall, remember } from './store'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** What each language calls itself. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch' }

type Everything = Texts & RoomTexts & SettingsTexts & { activity: ActivityTexts }

/** The first page, what every page behind it needs, the pages of the settings, and the page Activity. */
export type Part = 'door' | 'room' | 'settings' | 'activity'

const catalogs: Record<Part, Record<Language, () => Promise<Partial<Everything>>>> = {
  door: {
    en: () => import('./en').then((module) => module.en),
    de: () => import('./de').then((module) => module.de),
  },
  room: {
    en: () => import('../settings/en').then((module) => module.enRoom),
    de: () => import('../settings/de').then((module) => module.deRoom),
  },
  settings: {
    en: () => import('../settings/en-two-factor').then((module) => module.enSettings),
    de: () => import('../settings/de-two-factor').then((module) => module.deSettings),
  },
  activity: {
    en: () => import('../settings/en-activity').then((module) => ({ activity: module.enActivity })),
    de: () => import('../settings/de-activity').then((module) => ({ activity: module.deActivity })),
  },
}

/**
 * The language and its texts. Only the catalogs in use are loaded: those of the
 * first page before anything is drawn, the others before the next page opens.
 */
class I18n {
  language = $state<Language>('en')
  // Set by use() before anything is drawn, and by enter() before a page needs the rest.
  t = $state.raw({} as Everything)
  #wanted: Language = 'en'
  #parts = new Set<Part>(['door'])
  #shown = new Set<Part>()

  /** Shows a language, loading its texts first. Of two calls at once the later one decides. */
  async use(language: Language) {
    this.#wanted = language
    const parts = [...this.#parts]
    const texts = await Promise.all(parts.map((part) => catalogs[part][language]()))
    if (this.#wanted !== language) return
    this.t = Object.assign({}, this.t, ...texts)
    for (const part of parts) this.#shown.add(part)
    this.language = language
    document.documentElement.lang = language
  }

  /** Loads the texts that a page needs beyond those of the first one. */
  async enter(...parts: Part[]) {
    for (const part of parts) this.#parts.add(part)
    while (parts.some((part) => !this.#shown.has(part))) await this.use(this.#wanted)
  }

  /** Shows the language a person picked and remembers it. */
  async choose(language: Language) {
    remember('language', language)
    await this.use(language)
  }

  /** Before anyone has signed in: the switch, then the browser. */
  start(): Promise<void> {
    return this.followProfile('')
  }

  /** The profile goes before the switch, the switch before the browser. */
  followProfile(language: string): Promise<void> {
    return this.use(asLanguage(language) ?? asLanguage(recall('language')) ?? fromBrowser())
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
