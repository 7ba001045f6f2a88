import { useSyncExternalStore } from 'react'
import { Text } from '@mantine/core'
import type { TextProps } from '@mantine/core'
import { useFormat } from './format.ts'

/** One clock for all of them, moved on every half minute while any is shown. */
let clock = Date.now()
let timer: ReturnType<typeof setInterval> | null = null
const listeners = new Set<() => void>()
function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 30_000)
  if (Date.now() - clock > 5_000) tick()
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}
function tick(): void {
  clock = Date.now()
  for (const listener of listeners) listener()
}

/** "3 minutes ago", the exact time on hover; follows the clock. */
export function TimeAgo({ time, ...props }: { time: string } & TextProps) {
  const format = useFormat()
  const now = useSyncExternalStore(listen, () => clock)
  // The server's clock may be ahead by a little: what has just happened is not "in 2 seconds".
  const shown = Math.max(now, Math.min(new Date(time).getTime(), now + 60_000))
  return <Text component="time" inherit={props.size === undefined} {...props} dateTime={time} title={format.dayAndTime(time)}>{format.ago(time, shown)}</Text>
}
