/** Where in the conversation a reply came. */
export type SmtpPhase = 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'content'
export type SmtpReply = { code: number, enhanced: string | null, text: string }

/** Lines of a reply with their codes (RFC 5321, 4.2) → one reply with its enhanced code (RFC 3463), if any. */
export function parseReply(lines: string[]): SmtpReply {
  const texts = lines.map(line => line.slice(4).trim())
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(texts[0] ?? '')?.[1] ?? null
  const text = texts.map(line => enhanced && line.startsWith(enhanced) ? line.slice(enhanced.length).trim() : line).filter(line => line !== '').join(' ')
  return { code: Number((lines[0] ?? '').slice(0, 3)), enhanced, text }
}

export const printReply = (reply: SmtpReply): string => [reply.code, reply.enhanced, reply.text].filter(part => part !== null && part !== '').join(' ').slice(0, 1000)
