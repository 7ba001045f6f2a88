import type { OutsideAnswer } from '../base/call-outside.ts'

/** Pauses after the first, second … failed try: about a day in all. */
const pauses = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 8 * 3600, 9 * 3600].map(seconds => seconds * 1000)
export const mostAttempts = pauses.length + 1
const longestPause = 86_400_000

export type Verdict = { state: 'done' | 'failed', outcome: string } | { state: 'waiting', outcome: string, pause: number }

/**
 * What an answer to the given try (1, 2 …) means. 2xx: done. 5xx, 429, no answer and no connection: again after a growing
 * pause, or when the other side says so (Retry-After), until the tries are used up. The rest is final: 4xx says that the
 * call itself is wrong, a redirect is not followed, a private address is not called. `random`: 0 to 1, spreads repeats by a tenth.
 */
export function judgeAnswer(answer: OutsideAnswer, attempt: number, now: Date, random: number): Verdict {
  if (answer.kind === 'refused_address') return { state: 'failed', outcome: 'refused_address' }
  if (answer.kind === 'answered') {
    const { status } = answer
    if (status >= 200 && status < 300) return { state: 'done', outcome: 'answered' }
    if (status >= 300 && status < 400) return { state: 'failed', outcome: 'redirected' }
    if (status < 500 && status !== 429) return { state: 'failed', outcome: 'bad_status' }
  }
  const outcome = answer.kind === 'answered' ? 'bad_status' : answer.kind
  const pause = pauses[attempt - 1]
  if (pause === undefined) return { state: 'failed', outcome }
  const asked = answer.kind === 'answered' ? retryAfter(answer.headers['retry-after'], now) : 0
  return { state: 'waiting', outcome, pause: Math.min(longestPause, Math.max(asked, Math.round(pause * (1 + random / 10)))) }
}

/** Seconds, or a date (RFC 9110, 10.2.3); 0 for what is neither. */
function retryAfter(header: string | undefined, now: Date): number {
  if (header === undefined) return 0
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime())
}
