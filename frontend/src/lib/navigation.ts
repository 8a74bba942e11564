// The router imports every page, so no page can import the router. Pages use the
// functions that app/router.ts passes to connectRouter.
import type { Session } from './api'
import type { Target } from './target'

export type Path = Target | '/sign-in' | '/verify' | '/setup' | '/welcome' | '/help-code' | '/reminder'

export interface Router {
  navigate: (to: Path, options?: { replace?: boolean; search?: { next: Target } }) => Promise<unknown>
  /** The page that is open. Both are reactive. */
  route: { readonly pathname: string; readonly search: Record<string, unknown> }
}

export let navigate: Router['navigate']
export let route: Router['route']

export function connectRouter(router: Router) {
  navigate = router.navigate
  route = router.route
}

/** Returns the address of a link. A page that does not exist does not compile. */
export function linkTo(path: Path): string {
  return path
}

/** Returns the only page that opens while something else is required first; null means that every page opens. */
export function requiredPage(next: Session['next']): Target | null {
  return ({ done: null, set_up: '/two-factor', change_password: '/password' } as const)[next]
}
