/** "Firefox on Windows"; empty if nothing is known. */
export function clientLabel({ browser, system }: { browser: string; system: string }, on: string): string {
  return [browser, system].filter(Boolean).join(` ${on} `)
}
