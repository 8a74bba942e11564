import { recall, remember } from './store'

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** What each language calls itself. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch' }

/** Texts in the language that is shown. Empty until they are loaded: a page opens only after its texts. */
export class ShownTexts<Texts extends object> {
  t = $state.raw({} as Texts)
}

type Modules<Texts> = Record<Language, () => Promise<{ texts: Texts }>>

interface Loadable {
  /** Loads the texts of a language and returns a function that shows them. */
  load(language: Language): Promise<() => void>
}

/** Texts that are loaded when the first page that needs them opens. */
export class Catalog<Texts extends object> extends ShownTexts<Texts> implements Loadable {
  #modules: Modules<Texts>

  constructor(modules: Modules<Texts>) {
    super()
    this.#modules = modules
  }

  async load(language: Language): Promise<() => void> {
    const { texts } = await this.#modules[language]()
    return () => {
      this.t = texts
    }
  }
}

/** The language of the pages. Only the texts that a page has asked for are loaded. */
class I18n {
  language = $state<Language>('en')
  #wanted: Language = 'en'
  /** What the server chose by the languages of the browser. */
  #fromServer: Language = 'en'
  #asked = new Set<Loadable>()
  #shown = new Set<Loadable>()

  /** Shows a language after loading its texts. Of two calls at the same time the later one decides. */
  async use(language: Language) {
    this.#wanted = language
    const catalogs = [...this.#asked]
    const show = await Promise.all(catalogs.map((catalog) => catalog.load(language)))
    if (this.#wanted !== language) return
    for (const each of show) each()
    for (const catalog of catalogs) this.#shown.add(catalog)
    this.language = language
    document.documentElement.lang = language
  }

  /** Loads the texts that a page needs. */
  async enter(catalogs: Loadable[]) {
    for (const catalog of catalogs) this.#asked.add(catalog)
    while (catalogs.some((catalog) => !this.#shown.has(catalog))) await this.use(this.#wanted)
  }

  /** Shows the language that a person chose and remembers it. */
  async choose(language: Language) {
    remember('language', language)
    await this.use(language)
  }

  /** Loads the texts of the first page. Before anyone has signed in, the remembered choice decides, then the browser. */
  start(first: Loadable): Promise<void> {
    this.#asked.add(first)
    this.#fromServer = asLanguage(document.documentElement.lang) ?? 'en'
    return this.followProfile('')
  }

  /** Shows the language of the profile, else the remembered choice, else the language of the browser. */
  followProfile(language: string): Promise<void> {
    return this.use(asLanguage(language) ?? asLanguage(recall('language')) ?? this.#fromServer)
  }
}

function asLanguage(value: string | null): Language | undefined {
  return languages.find((language) => language === value)
}

export const i18n = new I18n()
