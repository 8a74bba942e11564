/** Replaces each text once; one that is missing stops the build. */
export function replaceEach(html: string, replacements: [string | RegExp, string][]) {
  for (const [from, to] of replacements) {
    const next = html.replace(from, () => to)
    if (next === html) throw new Error(`there is no ${from} to replace`)
    html = next
  }
  return html
}
