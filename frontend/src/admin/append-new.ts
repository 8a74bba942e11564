/**
 * Adds the members of a page that are not shown yet. Somebody who was renamed since may
 * stand on two pages, and a list must not show one id twice.
 */
export function appendNew<T extends { id: number }>(shown: T[], page: T[]) {
  const seen = new Set(shown.map(({ id }) => id))
  shown.push(...page.filter(({ id }) => !seen.has(id)))
}
