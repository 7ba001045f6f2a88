import { promises as dns } from 'node:dns'
import { isDisposableEmailDomain, disposableEmailBlocklistSet } from 'disposable-email-domains-js'
import { normaliseEmail } from '../contacts/normalise.ts'

/** Mail services many people use, whose names are often mistyped. */
const popular = [
  'gmail.com', 'yandex.ru', 'ya.ru', 'mail.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'rambler.ru', 'yahoo.com', 'outlook.com', 'hotmail.com', 'live.com', 'icloud.com',
  'me.com', 'aol.com', 'gmx.de', 'gmx.net', 'web.de', 'googlemail.com', 'protonmail.com', 'proton.me', 't-online.de', 'orange.fr', 'free.fr', 'yandex.com', 'yandex.kz', 'yandex.by', 'mail.com', 'ukr.net', 'tut.by',
]
const known = new Set(popular)
/** Real services whose names are one slip away from a larger one. */
const neighbours = new Set(['ymail.com', 'email.com', 'inbox.eu', 'mail.ua', 'email.ru', 'love.com', 'ms.com', 'ge.com', 'live.ru', 'gmx.com', 'mail.eu', 'mail.su', 'icloud.co', 'yahoo.co', 'free.fm', 'orange.fi', 'outlook.co', 'hotmail.co'])
const endings: Record<string, string> = { con: 'com', cmo: 'com', ocm: 'com', comm: 'com', vom: 'com', xom: 'com', cm: 'com', om: 'com', coom: 'com', ru1: 'ru', ruu: 'ru', rru: 'ru' }

/** A mail service many people use, or one that only looks like it. */
export const isKnownService = (domain: string): boolean => known.has(domain) || neighbours.has(domain)

/** The address with its domain as it was probably meant, or null. */
export function suggestAddress(email: string): string | null {
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  if (isKnownService(domain)) return null
  const near = popular.filter(one => isOneSlipAway(domain, one))
  if (near.length > 0) return `${email.slice(0, at)}@${near[0]}`
  const dot = domain.lastIndexOf('.')
  const ending = endings[domain.slice(dot + 1)]
  return ending === undefined || domain.endsWith('.cm') && !known.has(`${domain.slice(0, dot)}.com`) ? null : `${email.slice(0, at)}@${domain.slice(0, dot)}.${ending}`
}

/** One letter too many, too few, another one, or two next to each other changed over (Damerau 1964). Short names differ by chance. */
export function isOneSlipAway(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1 || b.length < 6) return false
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  const restA = a.slice(start)
  const restB = b.slice(start)
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
    || (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
}

export function isDisposable(email: string): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  const list = disposableEmailBlocklistSet()
  return isDisposableEmailDomain(domain) || list.has(domain.split('.').slice(-2).join('.'))
}

export type AddressFault = 'badEmail' | 'disposable' | 'noSuchDomain'
export type Resolver = { resolveMx: (domain: string) => Promise<{ exchange: string }[]>, resolve4: (domain: string) => Promise<string[]>, resolve6: (domain: string) => Promise<string[]> }

/** The normalised address, or what is wrong with it. A name server that is slow, silent or away never stands in the way. */
export async function checkAddress(text: string, resolver: Resolver = dns): Promise<{ email: string } | { fault: AddressFault }> {
  const email = normaliseEmail(text)
  if (email === null) return { fault: 'badEmail' }
  if (isDisposable(email)) return { fault: 'disposable' }
  const domain = email.slice(email.lastIndexOf('@') + 1)
  if (!known.has(domain) && await takesNoMail(domain, resolver)) return { fault: 'noSuchDomain' }
  return { email }
}

const patience = 1500
const remembered = new Map<string, { until: number, takesNone: boolean }>()

/** True only when DNS says so for certain: no such name, no host at all (RFC 5321 §5.1), or a null MX (RFC 7505). */
async function takesNoMail(domain: string, resolver: Resolver): Promise<boolean> {
  const before = remembered.get(domain)
  if (before && before.until > Date.now()) return before.takesNone
  const asked = ask(domain, resolver).then(takesNone => {
    if (remembered.size > 10_000) remembered.clear()
    remembered.set(domain, { until: Date.now() + 600_000, takesNone })
    return takesNone
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => { timer = setTimeout(() => resolve(false), patience) })
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}

async function ask(domain: string, resolver: Resolver): Promise<boolean> {
  try {
    const servers = await resolver.resolveMx(domain)
    return servers.length > 0 && servers.every(server => server.exchange === '' || server.exchange === '.')
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === 'ENODATA') return !await hasHost(domain, resolver)
    if (code !== 'ENOTFOUND') return false
  }
  // Some networks answer "no such name" to everything: then the answer means nothing.
  try {
    await resolver.resolveMx('gmail.com')
    return true
  } catch {
    return false
  }
}

async function hasHost(domain: string, resolver: Resolver): Promise<boolean> {
  const certain = async (lookup: Promise<string[]>): Promise<boolean> => {
    try {
      return (await lookup).length > 0
    } catch (error) {
      const code = (error as { code?: string }).code
      return code !== 'ENODATA' && code !== 'ENOTFOUND'
    }
  }
  return await certain(resolver.resolve4(domain)) || await certain(resolver.resolve6(domain))
}
