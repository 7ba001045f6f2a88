import { currencyDigits, isCurrency } from '../../shared/money.ts'

const formats = new Map<string, Intl.NumberFormat>()

/** 1490.5 RUB → "1 490,50 ₽" (ru), "RUB 1,490.50" (en). Whole amounts are written without the fraction. Amount in major units. */
export function formatMoney(amount: number, currency: string, locale: string): string {
  if (!isCurrency(currency)) return `${amount} ${currency}`
  const digits = Number.isInteger(amount) ? 0 : currencyDigits(currency)
  const key = `${locale}:${currency}:${digits}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits })
    formats.set(key, format)
  }
  return format.format(amount)
}
