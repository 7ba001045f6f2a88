import { AppError } from '../base/errors.ts'

/** So many counts run at once in one process, however many people are building conditions: events come first. */
const mostAtOnce = 2
const mostWaiting = 20

let running = 0
const waiting: (() => void)[] = []

/** Runs when it is its turn; whoever goes away while waiting gives the turn up. Refuses when too many wait already. */
export async function inTurn<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  if (running >= mostAtOnce) await turn(signal)
  else running++
  try {
    return await run()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

async function turn(signal: AbortSignal): Promise<void> {
  if (waiting.length >= mostWaiting) throw new AppError('busy', 429, 'Too many counts are going on. Try again in a moment.')
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const begin = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = () => {
      waiting.splice(waiting.indexOf(begin), 1)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.push(begin)
  })
}
