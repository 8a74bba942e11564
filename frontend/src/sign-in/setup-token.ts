/**
 * The one-time token of the address `/setup#TOKEN`, held in memory only.
 *
 * A fragment never reaches a server. It is removed at once, so that neither the
 * history nor the address bar shows it later.
 */
export const setupToken = { value: '' }

/** Takes the token out of the address. Runs before the router reads it. */
export function takeSetupToken() {
  if (location.pathname !== '/setup' || !location.hash) return
  setupToken.value = location.hash.slice(1)
  history.replaceState(history.state, '', '/setup')
}
