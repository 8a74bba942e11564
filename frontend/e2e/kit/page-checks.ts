// Accessibility checks that axe does not have. They run inside the page and
// return the complaints about what it shows at the moment.
import type { Page } from '@playwright/test'

type Check = 'tree' | 'targets' | 'borders' | 'focus' | 'forced colours' | 'clipped text'

export function complaintsAbout(page: Page, ...checks: Check[]) {
  return page.evaluate(inspect, checks)
}

// Runs inside the page: nothing from outside may be used in it.
function inspect(checks: Check[]) {
  const said: string[] = []
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1)
  const place = dialog ?? document.body
  const painter = document.createElement('canvas').getContext('2d', { willReadFrequently: true })

  const seen = (element: Element) => {
    const { width, height } = element.getBoundingClientRect()
    const { visibility, clipPath } = getComputedStyle(element)
    if (element.closest('.sr-only, [aria-hidden="true"]')) return false
    return width > 1 && height > 1 && visibility === 'visible' && clipPath === 'none'
  }
  const all = (selector: string) => [...place.querySelectorAll<HTMLElement>(selector)].filter(seen)
  const controls = () => all('a[href], button, input, select, textarea, summary')
  const name = (element: Element) => {
    const words = element.getAttribute('aria-label') ?? element.textContent?.trim().replace(/\s+/g, ' ').slice(0, 40)
    return `${element.tagName.toLowerCase()} "${words || element.getAttribute('name')}"`
  }

  function rgba(colour: string): [number, number, number, number] {
    if (!painter) throw new Error('no canvas')
    painter.clearRect(0, 0, 1, 1)
    painter.fillStyle = colour
    painter.fillRect(0, 0, 1, 1)
    const [r = 0, g = 0, b = 0, a = 0] = painter.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  function over(top: number[], below: number[]): [number, number, number] {
    const [r = 0, g = 0, b = 0, a = 1] = top
    const mix = (upper: number, lower = 0) => upper * a + lower * (1 - a)
    return [mix(r, below[0]), mix(g, below[1]), mix(b, below[2])]
  }
  function ground(element: Element | null): [number, number, number] {
    if (!element) return [255, 255, 255]
    const own = rgba(getComputedStyle(element).backgroundColor)
    if (own[3] === 1 || element === dialog) return [own[0], own[1], own[2]]
    return over(own, ground(element.parentElement))
  }
  function brightness(colour: number[]) {
    const [r = 0, g = 0, b = 0] = colour.map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  function contrast(one: number[], other: number[]) {
    const [dark = 0, light = 0] = [brightness(one), brightness(other)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  /** How well the edge of a control stands out from what is around it. */
  function edge(element: Element) {
    const style = getComputedStyle(element)
    const around = ground(element.parentElement)
    const fill = over(rgba(style.backgroundColor), around)
    const width = Math.min(Number.parseFloat(style.borderTopWidth), Number.parseFloat(style.borderLeftWidth))
    const border = width > 0 && style.borderTopStyle !== 'none' ? over(rgba(style.borderTopColor), around) : around
    return Math.max(contrast(border, around), contrast(fill, around))
  }

  const checkers: Record<Check, () => void> = {
    tree() {
      const { lang } = document.documentElement
      if (!['en', 'de'].includes(lang)) said.push(`the language is "${lang}"`)
      if (!/^.+ – .+$/.test(document.title) && !document.title) said.push('the window has no title')
      if (document.querySelectorAll('main').length !== 1) said.push('there is not one main')
      const first = [...document.querySelectorAll('h1')].filter((heading) => heading.checkVisibility())
      if (first.length !== 1) said.push(`${first.length} headings of level 1`)
      let level = dialog ? 1 : 0
      for (const heading of all('h1, h2, h3, h4')) {
        const next = Number(heading.tagName.slice(1))
        if (next > level + 1) said.push(`${name(heading)} follows level ${level}`)
        level = next
      }
      const invalid = all('[aria-invalid="true"]')
      for (const field of invalid) {
        const below = (field.getAttribute('aria-describedby') ?? '').split(' ')
        const text = below.map((id) => document.getElementById(id)?.textContent?.trim()).join(' ')
        if (text.length < 10) said.push(`${name(field)} is wrong and does not say why`)
      }
      const wrong = invalid.length > 0
      if (wrong && !/^(Error|Fehler): /.test(document.title))
        said.push(`an error, but the title is "${document.title}"`)
      for (const relation of ['aria-describedby', 'aria-labelledby', 'for']) {
        for (const element of place.querySelectorAll(`[${relation}]`)) {
          const lost = (element.getAttribute(relation) ?? '').split(' ').filter((id) => !document.getElementById(id))
          if (lost.length > 0) said.push(`${relation} of ${name(element)} leads nowhere`)
        }
      }
      for (const image of place.querySelectorAll('svg, img')) {
        const hidden = image.closest('[aria-hidden="true"]') || image.getAttribute('alt') === ''
        if (!hidden && !(image.getAttribute('role') === 'img' && image.getAttribute('aria-label')))
          said.push(`${image.outerHTML.slice(0, 60)} is neither named nor hidden`)
      }
      for (const control of controls()) {
        const label = control.getAttribute('aria-label')
        const words = control.innerText?.trim()
        if (label && words && !label.toLowerCase().includes(words.toLowerCase()))
          said.push(`"${label}" does not contain what is seen: "${words}"`)
        if (control.tabIndex > 0) said.push(`${name(control)} jumps the order`)
      }
      for (const field of place.querySelectorAll<HTMLInputElement>('input:not([type=radio], [type=checkbox])')) {
        if (!seen(field)) continue
        const label = field.labels?.[0]
        if (!label || !seen(label) || field.placeholder) said.push(`${name(field)} has no label that is seen`)
        const secret = field.name === 'password'
        if (secret && !/^(current|new)-password$/.test(field.autocomplete)) said.push('no manager knows the password')
        if (secret || field.name === 'code') {
          if (field.spellcheck || field.autocapitalize === '') said.push(`${name(field)} is corrected by the keyboard`)
          if (field.pattern || field.maxLength >= 0) said.push(`${name(field)} takes no paste with spaces`)
        }
        if (field.inputMode === 'numeric' && !(field.type === 'text' && field.autocomplete === 'one-time-code'))
          said.push(`${name(field)} is no field for a code`)
      }
      for (const box of place.querySelectorAll('nav, section[aria-label], dialog')) {
        const label = box.getAttribute('aria-label') ?? box.getAttribute('aria-labelledby')
        if (!label && box.tagName !== 'SECTION') said.push(`${box.tagName} has no name`)
      }
      const present = document.querySelectorAll('nav a[aria-current="page"]')
      const inside = [...document.querySelectorAll<HTMLAnchorElement>('nav a')].some(
        (link) => link.pathname === location.pathname,
      )
      if (present.length !== (inside ? 1 : 0))
        said.push(`${present.length} links of the navigation are the current page`)
    },

    targets() {
      for (const control of controls()) {
        const label = control.matches('input[type=radio], input[type=checkbox]') && control.closest('label')
        const { width, height } = (label || control).getBoundingClientRect()
        if (Math.min(width, height) >= 24) continue
        // A link in a line of text is as high as the line.
        const inText = getComputedStyle(control).display === 'inline' && control.closest('p, li, dd, .text')
        if (!inText) said.push(`${name(control)} is ${Math.round(width)} × ${Math.round(height)} px`)
      }
    },

    borders() {
      for (const control of controls()) {
        if (control.matches(':disabled, [aria-disabled="true"], summary')) continue
        if (control.matches('a, button') && !control.matches('.btn-outline, .btn-primary, .btn-error')) continue
        if (control.matches('select') && !control.matches('.input')) continue
        const ratio = edge(control)
        if (ratio < 3) said.push(`the edge of ${name(control)} has ${ratio.toFixed(2)} : 1`)
      }
    },

    focus() {
      const element = document.activeElement
      if (!element || element === document.body) return void said.push('nothing has the focus')
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
      // A heading that a new page leads to is only read and needs no mark.
      if (element instanceof HTMLElement && element.tabIndex >= 0) {
        if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2) said.push(`${name(element)} shows no focus`)
        const around = ground(element.parentElement)
        const ratio = contrast(over(rgba(outlineColor), around), around)
        if (ratio < 3) said.push(`the focus on ${name(element)} has ${ratio.toFixed(2)} : 1`)
      }
      const box = element.getBoundingClientRect()
      const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)]
      const [right, bottom] = [Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)]
      // Any point that is not covered will do, as in WCAG 2.4.11.
      const parts = [0.1, 0.5, 0.9]
      const free = parts.some((x) =>
        parts.some((y) => {
          const there = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)
          return there && (element.contains(there) || there.contains(element))
        }),
      )
      if (right <= left || bottom <= top || !free) said.push(`${name(element)} has the focus and is not in sight`)
    },

    'forced colours'() {
      for (const control of controls()) {
        if (control.matches('summary, a:not(.btn)') || getComputedStyle(control).appearance !== 'none') continue
        // Read as text with an underline, or with words around it.
        if (getComputedStyle(control).textDecorationLine === 'underline') continue
        if (control.matches('select:not(.input)')) continue
        const ratio = edge(control)
        if (ratio < 3) said.push(`the edge of ${name(control)} has ${ratio.toFixed(2)} : 1`)
      }
      for (const choice of all('input[type=radio], input[type=checkbox]')) {
        if (getComputedStyle(choice).appearance === 'none') said.push(`${name(choice)} is not drawn by the system`)
      }
      const look = (link: Element) => {
        const { color, borderTopWidth, textDecorationLine } = getComputedStyle(link)
        return [color, borderTopWidth, textDecorationLine, ground(link)].join()
      }
      const current = document.querySelector('nav a[aria-current]')
      const other = document.querySelector('nav a:not([aria-current]):not(:focus)')
      if (current && other && look(current) === look(other)) said.push('the current page looks like the others')
      for (const badge of all('.badge')) {
        if (getComputedStyle(badge).borderTopWidth === '0px') said.push(`${name(badge)} has no edge`)
      }
      for (const bar of place.querySelectorAll('.bars span')) {
        if (edge(bar) < 3) said.push('a bar of the codes cannot be seen')
      }
      const code = place.querySelector('svg[role=img]')
      if (code) {
        const paper = getComputedStyle(code).backgroundColor
        const ink = getComputedStyle(code.querySelector('path') ?? code).fill
        if (paper !== 'rgb(255, 255, 255)' || ink !== 'rgb(0, 0, 0)') said.push(`the QR code is ${ink} on ${paper}`)
      }
    },

    'clipped text'() {
      for (const element of all('button, a, label, summary, code, h1, h2, h3, p, dt, dd, li, .badge, dialog, main')) {
        const { overflowX, display } = getComputedStyle(element)
        if (display === 'inline' || overflowX === 'visible') continue
        if (element.scrollWidth > element.clientWidth + 1) said.push(`${name(element)} is cut at the side`)
      }
      const edgeOfScreen = document.documentElement.clientWidth
      for (const element of all('*')) {
        if (element.closest('nav, svg, .art')) continue
        const { right, left } = element.getBoundingClientRect()
        if (right > edgeOfScreen + 1 || left < -1) said.push(`${name(element)} runs over the side`)
      }
      const root = document.documentElement
      if (root.scrollWidth > root.clientWidth) said.push(`the page is ${root.scrollWidth} px wide`)
    },
  }
  for (const check of checks) checkers[check]()
  return [...new Set(said)]
}
