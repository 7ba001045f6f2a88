/** Wall-clock time of a place: `2026-11-25T15:00:00`, without offset. */
const formatters = new Map<string, Intl.DateTimeFormat>()

/** What the clock on the wall shows in a time zone at a moment. */
export function localTime(instant: Date, timeZone: string): string {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })
    formatters.set(timeZone, formatter)
  }
  return formatter.format(instant).replace(' ', 'T')
}

/** The moment at which the clock on the wall shows this. An hour that is skipped in spring is the one after it; of one that comes twice, the first. */
export function instantOf(local: string, timeZone: string): Date {
  const wanted = Date.parse(`${local}Z`)
  const shift = (at: number): number => Date.parse(`${localTime(new Date(at), timeZone)}Z`) - Math.floor(at / 1000) * 1000
  const candidates = [wanted - shift(wanted - 86_400_000), wanted - shift(wanted + 86_400_000)]
  const exact = candidates.filter(at => at + shift(at) === wanted)
  return new Date(exact.length > 0 ? Math.min(...exact) : Math.max(...candidates))
}

export const localDay = (instant: Date, timeZone: string): string => localTime(instant, timeZone).slice(0, 10)
export const startOfDay = (day: string, timeZone: string): Date => instantOf(`${day}T00:00:00`, timeZone)
export const nextDay = (day: string, count = 1): string => new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)
