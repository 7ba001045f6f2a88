import { domainToASCII } from 'node:url'

/** An address as SMTP takes it: the domain in ASCII (IDNA). `utf8`: the part before @ needs SMTPUTF8 (RFC 6531). Null: not an address. */
export function smtpAddress(email: string): { address: string, domain: string, utf8: boolean } | null {
  const at = email.lastIndexOf('@')
  if (at < 1 || at === email.length - 1 || email.length > 320) return null
  const local = email.slice(0, at)
  // Control characters, spaces and angle brackets could leave the command they stand in.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x20\x7f<>()[\]\\,;:"\s]/.test(local) || local.includes('@') || Buffer.byteLength(local) > 64 || local.startsWith('.') || local.endsWith('.') || local.includes('..')) return null
  const given = email.slice(at + 1)
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(given)) return null
  const domain = domainToASCII(given.toLowerCase())
  if (domain === '' || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain) || domain.length > 253) return null
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return { address: `${local}@${domain}`, domain, utf8: /[^\x00-\x7f]/.test(local) }
}
