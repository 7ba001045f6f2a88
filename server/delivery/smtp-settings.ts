/** How to reach the SMTP server. */
export type SmtpSettings = {
  host: string
  port: number
  /** `tls`: from the first byte; `starttls`: must be offered; `opportunistic`: taken when offered; `none`: never */
  security: 'tls' | 'starttls' | 'opportunistic' | 'none'
  user: string
  password: string
  /** false: any certificate is taken */
  verify: boolean
  connections: number
}

/**
 * smtp://user:password@host:port or smtps://…, with ?tls=require|none, ?verify=false, ?connections=20.
 * A password never goes over an open line: with one, STARTTLS is required unless ?tls=none says otherwise.
 */
export function parseSmtpUrl(text: string): SmtpSettings {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new Error('SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465')
  }
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') throw new Error('SMTP_URL must begin with smtp:// or smtps://')
  if (url.hostname === '') throw new Error('SMTP_URL names no host')
  const tls = url.searchParams.get('tls')
  if (tls !== null && tls !== 'require' && tls !== 'none') throw new Error('SMTP_URL: tls must be require or none')
  const connections = Number(url.searchParams.get('connections') ?? 10)
  if (!Number.isInteger(connections) || connections < 1 || connections > 200) throw new Error('SMTP_URL: connections must be a number from 1 to 200')
  const user = decodeURIComponent(url.username)
  const implicit = url.protocol === 'smtps:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (implicit ? 465 : user ? 587 : 25),
    security: implicit ? 'tls' : tls === 'none' ? 'none' : tls === 'require' || user !== '' ? 'starttls' : 'opportunistic',
    user,
    password: decodeURIComponent(url.password),
    verify: url.searchParams.get('verify') !== 'false',
    connections,
  }
}
