import { useEffect, useRef } from 'react'

/** Of every list with keys: on a Russian keyboard, too, since keys are known by their place. */
export type ListKeys = { move: (step: 1 | -1, extend: boolean) => void, toggle: () => void, open: () => void, edit: () => void, help: () => void }

const isTyping = (target: EventTarget | null): boolean => target instanceof Element && target.closest('input, textarea, select, [contenteditable], [role="combobox"], [role="dialog"], [role="menu"], [role="listbox"]') !== null

/** Arrows or J and K move, space chooses, with Shift also those in between, Enter opens, E edits, / searches, ? helps. Not while something is typed or asked. */
export function useListKeys(keys: ListKeys | null): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  const isOn = keys !== null
  useEffect(() => {
    if (!isOn) return
    const listener = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || document.querySelector('[role="dialog"][aria-modal="true"]') !== null) return
      const act = actOf(event, latest.current!)
      if (act === null) return
      event.preventDefault()
      // Elsewhere / searches everything.
      event.stopPropagation()
      act()
    }
    document.addEventListener('keydown', listener, { capture: true })
    return () => document.removeEventListener('keydown', listener, { capture: true })
  }, [isOn])
}

function actOf(event: KeyboardEvent, keys: ListKeys): (() => void) | null {
  // A button that has the focus answers to its own keys.
  const onRow = event.target === document.body || event.target instanceof HTMLElement && event.target.matches('[data-list-row]')
  if (event.code === 'KeyJ' || event.key === 'ArrowDown' && onRow) return () => keys.move(1, event.shiftKey)
  if (event.code === 'KeyK' || event.key === 'ArrowUp' && onRow) return () => keys.move(-1, event.shiftKey)
  if (event.code === 'KeyE') return keys.edit
  if (event.key === '?') return keys.help
  if (event.key === '/' || event.code === 'Slash' && !event.shiftKey) return () => document.querySelector<HTMLInputElement>('[data-list-search]')?.focus()
  if (!onRow || event.target === document.body) return null
  if (event.key === ' ') return keys.toggle
  return event.key === 'Enter' ? keys.open : null
}
