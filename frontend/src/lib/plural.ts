/** Returns the words for one thing or for several. English and German differ in nothing else. */
export function plural(n: number, one: string, several: string): string {
  return n === 1 ? one : several
}
