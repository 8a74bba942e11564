import { MediaQuery } from 'svelte/reactivity'
import { recall, remember } from './store'

type ThemeName = 'day' | 'night'

/** The theme of the profile, else the one chosen with the button, else that of the system. */
class Theme {
  #system = new MediaQuery('(prefers-color-scheme: dark)')
  #chosen = $state<ThemeName | null>(null)

  get current(): ThemeName {
    return this.#chosen ?? (this.#system.current ? 'night' : 'day')
  }

  /** Applies the remembered choice. The server has painted the page in it already. */
  start() {
    this.followProfile('')
  }

  /** Applies the theme of the profile, else the remembered choice, else that of the system. */
  followProfile(theme: string) {
    this.#apply(theme || recall('theme'))
  }

  toggle() {
    const next = this.current === 'day' ? 'night' : 'day'
    remember('theme', next)
    this.#apply(next)
  }

  #apply(theme: string | null) {
    this.#chosen = theme === 'day' || theme === 'night' ? theme : null
    if (this.#chosen) document.documentElement.dataset.theme = this.#chosen
    else delete document.documentElement.dataset.theme
  }
}

export const theme = new Theme()
