import { useCallback, useEffect, useRef, useState } from 'react'
import type { PointerEvent as ReactPointerEvent } from 'react'
import type { Deal } from '../../shared/deals.ts'

/** So long a finger rests before it takes a card; one that moves earlier scrolls. */
const restMs = 350
const slip = 6
const edge = 48
const edgeSpeed = 14

/** A card taken by mouse, pen or finger, and the stage it is held over (`data-stage`). The board follows at its edges. */
export function useCardDrag(onDrop: (deal: Deal, stageId: number) => void) {
  const [dragged, setDragged] = useState<{ deal: Deal, over: number | null } | null>(null)
  const board = useRef<HTMLDivElement>(null)
  const ghost = useRef<HTMLDivElement>(null)
  const latest = useRef(onDrop)
  useEffect(() => {
    latest.current = onDrop
  })
  const take = useCallback((event: ReactPointerEvent<HTMLElement>, deal: Deal) => {
    if (event.button !== 0 || !event.isPrimary) return
    const byFinger = event.pointerType === 'touch'
    const from = { x: event.clientX, y: event.clientY }
    const listening = new AbortController()
    const options = { signal: listening.signal }
    let at = from
    let frame: number | null = null
    let over: number | null = null
    const follow = () => {
      ghost.current?.style.setProperty('transform', `translate(${at.x}px, ${at.y}px)`)
      const sides = board.current?.getBoundingClientRect()
      if (sides === undefined) return
      board.current!.scrollLeft += at.x > sides.right - edge ? edgeSpeed : at.x < sides.left + edge ? -edgeSpeed : 0
      const stage = document.elementFromPoint(Math.max(sides.left + 1, Math.min(sides.right - 1, at.x)), at.y)?.closest<HTMLElement>('[data-stage]')?.dataset['stage']
      const now = stage === undefined ? null : Number(stage)
      if (now !== over) setDragged({ deal, over: over = now })
      frame = requestAnimationFrame(follow)
    }
    const begin = () => {
      setDragged({ deal, over })
      frame = requestAnimationFrame(follow)
    }
    const rest = byFinger ? setTimeout(begin, restMs) : undefined
    const end = () => {
      clearTimeout(rest)
      if (frame !== null) cancelAnimationFrame(frame)
      listening.abort()
      setDragged(null)
    }
    window.addEventListener('pointermove', (move) => {
      at = { x: move.clientX, y: move.clientY }
      if (frame !== null || Math.hypot(at.x - from.x, at.y - from.y) < slip) return
      if (byFinger) end()
      else begin()
    }, options)
    window.addEventListener('pointerup', () => {
      const dropped = frame !== null
      end()
      if (!dropped) return
      // Letting a card go is no click on what lies under it.
      const swallow = new AbortController()
      window.addEventListener('click', click => click.stopPropagation(), { capture: true, signal: swallow.signal })
      setTimeout(() => swallow.abort())
      if (over !== null) latest.current(deal, over)
    }, options)
    window.addEventListener('pointercancel', end, options)
    window.addEventListener('keydown', key => key.key === 'Escape' && end(), options)
    // A finger that holds a card neither scrolls nor opens a menu.
    event.currentTarget.addEventListener('touchmove', (move) => { if (frame !== null) move.preventDefault() }, { ...options, passive: false })
    if (byFinger) event.currentTarget.addEventListener('contextmenu', menu => menu.preventDefault(), options)
  }, [])
  return { board, ghost, dragged, take }
}
