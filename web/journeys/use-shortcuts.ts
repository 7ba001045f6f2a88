import { useEffect, useRef } from 'react'
import { useHotkeys } from '@mantine/hooks'
import { copySteps, readCopied, writeCopied } from './copy-steps.ts'
import { selectedSteps } from './editor.ts'
import type { Editor } from './editor.ts'
import { keepCopied } from './use-acts.ts'

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Keys that work wherever one is in a journey, unless something is being typed or another layer lies above. */
export function useShortcuts(editor: Editor, { enabled, find, help }: { enabled: boolean, find: () => void, help: () => void }) {
  const ifEnabled = (act: () => void) => () => { if (enabled) act() }
  const chosen = selectedSteps(editor.selection)
  useHotkeys([
    ['mod+Z', ifEnabled(editor.undo)], ['mod+shift+Z', ifEnabled(editor.redo)], ['mod+Y', ifEnabled(editor.redo)],
    ['mod+D', ifEnabled(() => { if (chosen.length > 0 && !editor.readOnly) editor.duplicateSteps(chosen) })],
    ['mod+A', ifEnabled(() => editor.select({ kind: 'steps', keys: Object.keys(editor.graph.steps) }))],
    ['Escape', ifEnabled(() => editor.select(null))],
    ['shift+?', ifEnabled(help)], ['?', ifEnabled(help)],
  ])
  useHotkeys([['mod+F', event => { if (enabled) { event.preventDefault(); find() } }, { preventDefault: false }]], [])
  const latest = useRef({ editor, enabled })
  latest.current = { editor, enabled }
  // The browser's own events of the clipboard work without https too.
  useEffect(() => {
    const copy = (event: ClipboardEvent) => {
      const { editor: now, enabled: on } = latest.current
      const keys = selectedSteps(now.selection)
      if (!on || isTyping(event.target) || keys.length === 0 || String(window.getSelection() ?? '') !== '') return
      const copied = copySteps(now.graph, keys)
      if (copied === null) return
      event.preventDefault()
      const text = writeCopied(copied)
      event.clipboardData?.setData('text/plain', text)
      keepCopied(text)
      if (event.type === 'cut' && !now.readOnly) now.removeSteps(keys)
    }
    const paste = (event: ClipboardEvent) => {
      const { editor: now, enabled: on } = latest.current
      if (!on || now.readOnly || isTyping(event.target)) return
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (readCopied(text) === null) return
      event.preventDefault()
      now.pasteSteps(null, text)
    }
    document.addEventListener('copy', copy)
    document.addEventListener('cut', copy)
    document.addEventListener('paste', paste)
    return () => {
      document.removeEventListener('copy', copy)
      document.removeEventListener('cut', copy)
      document.removeEventListener('paste', paste)
    }
  }, [])
}
