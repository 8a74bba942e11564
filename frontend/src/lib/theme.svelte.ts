import { MediaQuery } from 'svelte/reactivity'
import { recall, remember } from './store'

type ThemeName = 'day' | 'night'

/** The theme: the profile's, else the one picked with the button, else the system's. */
class Theme {
  #system = new MediaQuery('(prefers-color-scheme: dark)')
  #chosen = $state<ThemeName | null>(null)

  get current(): ThemeName {
    return this.#chosen ?? (this.#system.current ? 'night' : 'day')
  }

  /** Applies the remembered choice. Runs before anything is drawn. */
  start() {
    this.followProfile('')
  }

  /** The profile goes before the button, the button before the system. */
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
