import { useEffect, useState } from 'react'
import { Text } from '@mantine/core'
import type { TextProps } from '@mantine/core'
import { useFormat } from './format.ts'

/** "3 minutes ago", the exact time on hover; follows the clock. */
export function TimeAgo({ time, ...props }: { time: string } & TextProps) {
  const format = useFormat()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  // The server's clock may be ahead by a little: what has just happened is not "in 2 seconds".
  const shown = Math.max(now, Math.min(new Date(time).getTime(), now + 60_000))
  return <Text component="time" inherit={props.size === undefined} {...props} dateTime={time} title={format.dayAndTime(time)}>{format.ago(time, shown)}</Text>
}
