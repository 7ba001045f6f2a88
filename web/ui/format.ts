import { useTranslation } from 'react-i18next'
import { useSession } from '../app/session.tsx'
import { currencyDigits } from '../../shared/money.ts'

/** Numbers, money and times as the reader's language writes them, times in the company's zone. */
export function useFormat() {
  const { i18n } = useTranslation()
  const { company } = useSession()
  return formatters(i18n.language, company.time_zone, company.currency)
}

export type Format = ReturnType<typeof makeFormatters>
const made = new Map<string, Format>()

/** Made once per language, zone and currency: a list shows hundreds of them, and the browser takes its time to make one. */
export function formatters(language: string, timeZone: string, currency: string): Format {
  const key = `${language} ${timeZone} ${currency}`
  const known = made.get(key)
  if (known !== undefined) return known
  const format = makeFormatters(language, timeZone, currency)
  made.set(key, format)
  return format
}

function makeFormatters(language: string, timeZone: string, currency: string) {
  const moneyFormats = new Map<string, Intl.NumberFormat>()
  const moneyFormat = (of: string, digits: number): Intl.NumberFormat => {
    const key = `${of} ${digits}`
    let format = moneyFormats.get(key)
    if (format === undefined) {
      format = new Intl.NumberFormat(language, { style: 'currency', currency: of, currencyDisplay: 'narrowSymbol', minimumFractionDigits: digits, maximumFractionDigits: currencyDigits(of) })
      moneyFormats.set(key, format)
    }
    return format
  }
  const number = new Intl.NumberFormat(language)
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone })
  const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  return {
    number: (value: number) => number.format(value),
    /** 0.1234 → 12.3 % */
    percent: (share: number, digits = 1) => new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(share),
    /** Major units; whole amounts without the digits after the point. */
    money: (amount: number, of: string = currency) => moneyFormat(of, Number.isInteger(amount) ? 0 : currencyDigits(of)).format(amount),
    day: (iso: string) => day.format(new Date(iso)),
    dayAndTime: (iso: string) => dayAndTime.format(new Date(iso)),
    time: (iso: string) => time.format(new Date(iso)),
    ago: (iso: string, now = Date.now()) => {
      const seconds = (new Date(iso).getTime() - now) / 1000
      const size = Math.abs(seconds)
      if (size < 45) return relative.format(0, 'second')
      if (size < 45 * 60) return relative.format(Math.round(seconds / 60), 'minute')
      if (size < 22 * 3600) return relative.format(Math.round(seconds / 3600), 'hour')
      if (size < 26 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day')
      if (size < 320 * 86_400) return relative.format(Math.round(seconds / 2_629_800), 'month')
      return relative.format(Math.round(seconds / 31_557_600), 'year')
    },
  }
}
