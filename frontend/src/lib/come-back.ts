import { route } from './navigation'
import { isOpenPage, type OpenPage, targetOf } from './target'

/**
 * Returns the page that a person comes back to, who wants to open an application and has
 * to do something else first. It is in the address, so a reload keeps it.
 */
export function comeBack(): OpenPage | null {
  const { next } = route.search
  const target = targetOf(typeof next === 'string' ? next : null)
  return isOpenPage(target) ? target : null
}
