import { useState } from 'react'
import type { UIEvent } from 'react'

const step = 8

/**
 * Of many rows of one height (in rem) in a scrolling element, those to draw: what is in sight and some around it. The
 * space of the others is kept by `before` and `after`, in rem.
 */
export function useWindow(count: number, rowHeight: number) {
  const [top, setTop] = useState(0)
  const inPixels = rowHeight * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const from = Math.max(0, Math.min(top - step, count - step))
  const to = Math.min(count, top + 2 * step + Math.ceil(window.screen.height / inPixels))
  // Set by whole steps, so that most scrolling draws nothing.
  const onScroll = (event: UIEvent<HTMLElement>) => setTop(Math.floor(event.currentTarget.scrollTop / inPixels / step) * step)
  return { from, to, before: from * rowHeight, after: (count - to) * rowHeight, onScroll }
}
