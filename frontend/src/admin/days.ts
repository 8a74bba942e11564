// Days as a date field holds them, in this device's time zone.

/** Returns the day of a time: "2026-12-01". */
export function dayOf(time: string | number): string {
  const at = new Date(time)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Returns the beginning of a day. */
export function startOf(day: string): string {
  return new Date(`${day}T00:00`).toISOString()
}

/** Returns the end of a day, which is the beginning of the next one. */
export function endOf(day: string): string {
  const at = new Date(`${day}T00:00`)
  at.setDate(at.getDate() + 1)
  return at.toISOString()
}
