import { useEffect, useRef } from 'react'

/** One stream for the whole page: it carries the topics that anything on it asked for. */
type Listener = () => void
const listeners = new Map<string, Set<Listener>>()
/** The last one listens to what is asked for now; those before it are closed once it is open, so that nothing is missed between them. */
let streams: EventSource[] = []
let openTopics = ''
let pending: ReturnType<typeof setTimeout> | null = null

function reconnectSoon(): void {
  if (pending !== null) return
  pending = setTimeout(() => {
    pending = null
    const topics = [...listeners.keys()].sort().join(',')
    if (topics === openTopics && streams.length > 0 && streams.at(-1)!.readyState !== EventSource.CLOSED) return
    openTopics = topics
    if (topics === '') {
      for (const stream of streams) stream.close()
      streams = []
      return
    }
    let wasOpen = false
    const stream = new EventSource(`/api/v1/live?topics=${encodeURIComponent(topics)}`)
    stream.onopen = () => {
      for (const before of streams.splice(0, streams.indexOf(stream))) before.close()
      // Back after a break: something may have been missed.
      if (wasOpen) for (const set of listeners.values()) for (const listener of set) listener()
      wasOpen = true
    }
    stream.onmessage = (message) => {
      const { topic } = JSON.parse(message.data as string) as { topic?: string }
      // An empty topic: the server itself may have missed something.
      if (topic === '') for (const set of listeners.values()) for (const listener of set) listener()
      else if (topic !== undefined) for (const listener of listeners.get(topic) ?? []) listener()
    }
    streams.push(stream)
  }, 30)
}

/**
 * Calls `onTouch` when the server says that one of the topics changed (`contact:12`), at most every 300 ms.
 * Nothing is sent but the name of the topic: read again what you show.
 */
export function useLive(topics: string[], onTouch: () => void): void {
  const latest = useRef(onTouch)
  useEffect(() => {
    latest.current = onTouch
  })
  const key = topics.join(',')
  useEffect(() => {
    if (key === '') return
    let timer: ReturnType<typeof setTimeout> | null = null
    const listener = () => {
      timer ??= setTimeout(() => {
        timer = null
        latest.current()
      }, 300)
    }
    for (const topic of key.split(',')) {
      const set = listeners.get(topic) ?? new Set()
      set.add(listener)
      listeners.set(topic, set)
    }
    reconnectSoon()
    return () => {
      if (timer !== null) clearTimeout(timer)
      for (const topic of key.split(',')) {
        const set = listeners.get(topic)
        set?.delete(listener)
        if (set?.size === 0) listeners.delete(topic)
      }
      reconnectSoon()
    }
  }, [key])
}
