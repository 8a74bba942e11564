/**
 * The one-time token of a link such as `/setup#TOKEN`, held in memory only.
 *
 * A fragment never reaches a server. It is removed at once, so that neither the address
 * bar nor the Back button shows it later. Some browsers still keep it in their list of
 * visited pages, where it counts until it is used. No page has another use for one.
 */
export const linkToken = { value: '' }

/** Takes the token out of the address. Runs before the router reads it. */
export function takeLinkToken() {
  const { hash, pathname, search } = location
  if (!hash) return
  linkToken.value = hash.slice(1)
  history.replaceState(history.state, '', pathname + search)
}
