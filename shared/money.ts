/** Money is kept as integer minor units with an ISO 4217 currency; on the wire it is a decimal number of major units. */

/** How many digits the currency has after the point (ISO 4217, as the platform's Intl knows it). */
export function currencyDigits(currency: string): number {
  const known = digitsByCurrency.get(currency)
  if (known !== undefined) return known
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  digitsByCurrency.set(currency, digits)
  return digits
}
const digitsByCurrency = new Map<string, number>()

/** 14.96 USD → 1496. Rounds half away from zero at the currency's last digit. */
export function toMinor(amount: number, currency: string): number {
  const digits = currencyDigits(currency)
  // Through the decimal text, since 1.005 * 100 is 100.49999999999999.
  const shifted = Number(`${Math.abs(amount)}e${digits}`)
  const rounded = Math.round(Number.isNaN(shifted) ? Math.abs(amount) * 10 ** digits : shifted)
  return amount < 0 ? -rounded : rounded
}

/** 1496 USD → 14.96 */
export function toMajor(minor: number, currency: string): number {
  return minor / 10 ** currencyDigits(currency)
}

export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text) && currencies.has(text)
}
const currencies = new Set(Intl.supportedValuesOf('currency'))
