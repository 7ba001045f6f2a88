/** Currencies people here use most stand first. */
const frequent = ['RUB', 'EUR', 'USD', 'GBP', 'KZT', 'BYN', 'UZS', 'AMD', 'GEL', 'TRY', 'PLN', 'CHF', 'CNY']

export function currencyChoices(language: string): { value: string, label: string }[] {
  const names = new Intl.DisplayNames([language], { type: 'currency' })
  const rest = Intl.supportedValuesOf('currency').filter(code => !frequent.includes(code))
  return [...frequent, ...rest].map(code => ({ value: code, label: `${code} · ${names.of(code) ?? code}` }))
}

const currencyOfRegion: Record<string, string> = { RU: 'RUB', BY: 'BYN', KZ: 'KZT', US: 'USD', GB: 'GBP', CH: 'CHF', PL: 'PLN', TR: 'TRY', CN: 'CNY', GE: 'GEL', AM: 'AMD', UZ: 'UZS' }

export function guessCurrency(languages: readonly string[]): string {
  for (const tag of languages) {
    const locale = new Intl.Locale(tag).maximize()
    const known = locale.region === undefined ? undefined : currencyOfRegion[locale.region]
    if (known !== undefined) return known
  }
  return 'EUR'
}

/** Zones with what the clock there is ahead of UTC: "Europe/Moscow (UTC+3)". */
export function timeZoneChoices(present?: string): { value: string, label: string }[] {
  knownZones ??= [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map(asChoice)
  if (present === undefined || knownZones.some(choice => choice.value === present)) return knownZones
  return [asChoice(present), ...knownZones]
}
let knownZones: { value: string, label: string }[] | undefined
const asChoice = (zone: string) => ({ value: zone, label: `${zone.replaceAll('_', ' ')} (${offsetOf(zone)})` })

function offsetOf(zone: string): string {
  try {
    const part = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts().find(each => each.type === 'timeZoneName')
    return (part?.value ?? 'UTC').replace('GMT', 'UTC')
  } catch { // a zone this browser does not know
    return 'UTC'
  }
}
