import type { AccountOf, SenderKind } from '../../../shared/senders.ts'

export type ApiKind = Exclude<SenderKind, 'smtp'>

/** A file of a mail; `cid`: it is shown inside the HTML under this id. */
export type MailFile = { name: string, type: string, content: string, cid: string | null }

/** A mail as the providers' APIs take it. Those that take a whole mail as it is get `raw`. */
export type ApiMail = {
  /** CRLF lines, without the dot at the end */
  raw: Buffer
  /** the envelope */
  to: string
  from: { email: string, name: string }
  toName: string
  replyTo: string | null
  subject: string, html: string, text: string
  /** ours, with <>: providers that would make their own are asked to keep it */
  messageId: string | null
  /** List-Unsubscribe and others a provider does not make itself */
  headers: { name: string, value: string }[]
  /** content: base64 */
  files: MailFile[]
  /** `contact.message`, given to the provider so that its webhooks can name the mail */
  own: string
  /** where one click unsubscribes, of marketing mails */
  unsubscribeUrl: string | null
}

export type ApiRequest = { url: string, headers: Record<string, string>, body: string | Buffer }
export type ApiAnswer = { status: number, headers: Record<string, string | string[] | undefined>, body: string, json: Record<string, unknown> | null }

/**
 * What an answer means. `sent`: the provider has taken it. `recipient`: this address is the reason. `suppressed`: the
 * provider does not write to it, after a bounce or complaint of before. `content`, `refused`: this mail, for another
 * reason. The rest is about the sender: the mail waits or goes by the next one.
 */
export type ApiVerdict = 'sent' | 'recipient' | 'suppressed' | 'content' | 'refused' | 'sender_refused' | 'authentication' | 'quota' | 'rate' | 'down'
export type ApiReading = { verdict: ApiVerdict, detail: string }

/** One provider: how a mail is handed over, and what its answers say. Both pure. */
export type ProviderApi<Kind extends ApiKind> = {
  request: (mail: ApiMail, account: AccountOf<Kind>, now: Date) => ApiRequest
  read: (answer: ApiAnswer) => ApiReading
}

export const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' }
export const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/** What all HTTP APIs have in common; providers look at their own codes first. */
export function readStatus(answer: ApiAnswer, detail: string): ApiReading {
  const said = `${answer.status} ${detail || answer.body.slice(0, 300)}`.trim()
  if (answer.status >= 200 && answer.status < 300) return { verdict: 'sent', detail: said }
  if (answer.status === 401 || answer.status === 403) return { verdict: 'authentication', detail: said }
  if (answer.status === 402) return { verdict: 'quota', detail: said }
  if (answer.status === 429) return { verdict: 'rate', detail: said }
  if (answer.status === 413) return { verdict: 'content', detail: said }
  // A wrong address of the API, or a server that is not the provider's.
  if (answer.status === 404 || answer.status === 405 || (answer.status >= 300 && answer.status < 400)) return { verdict: 'down', detail: said }
  if (answer.status >= 500 || answer.status === 408) return { verdict: 'down', detail: said }
  return { verdict: 'refused', detail: said }
}

export const textOf = (value: unknown): string => typeof value === 'string' ? value : ''
export const objectOf = (value: unknown): Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {}
export const listOf = (value: unknown): unknown[] => Array.isArray(value) ? value : []
