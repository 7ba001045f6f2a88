import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { blankStep } from './blank-step.ts'
import { copySteps, duplicateSteps, pasteSteps, readCopied, writeCopied } from './copy-steps.ts'
import { placeAfter, selectSteps } from './editor.ts'
import type { Acts, Selection } from './editor.ts'
import { changeStep, insertStep, removeSteps } from './graph.ts'
import { connect } from './ways.ts'

type Needs = {
  graph: JourneyGraph
  selection: Selection
  edit: Acts['edit']
  undo: () => void
  redo: () => void
  select: (selection: Selection) => void
  goTo: (selection: Selection) => void
  askForStep: Acts['askForStep']
  editMail: (key: string) => void
  showPeople: Acts['showPeople']
  showDryPeople: Acts['showDryPeople']
}

const ownClipboard = 'otklik-copied-steps'

/** The acts of the editor; the same functions as long as the page is open, whatever is edited. */
export function useMakeActs(needs: Needs): Acts {
  const { t } = useTranslation('journeys')
  const latest = useRef({ ...needs, t })
  latest.current = { ...needs, t }
  return useMemo((): Acts => {
    const now = () => latest.current
    const put = (made: { graph: JourneyGraph, keys: string[] }) => {
      now().edit(() => made.graph)
      now().goTo(selectSteps(made.keys))
    }
    return {
      select: selection => now().select(selection),
      goTo: selection => now().goTo(selection),
      edit: (change, tag) => now().edit(change, tag),
      undo: () => now().undo(),
      redo: () => now().redo(),
      askForStep: (place, button) => now().askForStep(place, button),
      editMail: key => now().editMail(key),
      showPeople: (title, query) => now().showPeople(title, query),
      showDryPeople: (title, query) => now().showDryPeople(title, query),
      addStep: (place, kind) => {
        const made = insertStep(now().graph, place, blankStep(kind))
        now().edit(() => made.graph)
        if (kind !== 'end') now().goTo({ kind: 'step', key: made.key })
      },
      leadTo: (place, to) => now().edit(graph => connect(graph, place, to)),
      changeStep: (key, change, typing = false) => now().edit(graph => changeStep(graph, key, change), typing ? `${key} ${Object.keys(change).join()}` : undefined),
      removeSteps: (keys) => {
        const { graph } = now()
        const more = Object.keys(graph.steps).length - Object.keys(removeSteps(graph, keys).steps).length - keys.filter(key => graph.steps[key]).length
        const remove = () => { now().edit(before => removeSteps(before, keys)); now().select(null) }
        if (more <= 0) remove()
        else confirmDelete({ title: now().t(keys.length > 1 ? 'remove_steps' : 'remove_step'), text: now().t('removes_more', { count: more }), confirm: now().t(keys.length > 1 ? 'remove_steps' : 'remove_step'), onConfirm: remove })
      },
      duplicateSteps: (keys) => {
        const made = duplicateSteps(now().graph, keys)
        if (made.keys.length > 0) put(made)
      },
      copySteps: (keys) => {
        const copied = copySteps(now().graph, keys)
        if (copied === null) return
        const text = writeCopied(copied)
        keepCopied(text)
        // Without https a page may not write to the clipboard; within the program its own is enough.
        void navigator.clipboard?.writeText(text).catch(() => undefined)
        notifyDone(now().t('copied', { count: Object.keys(copied.steps).length }))
      },
      pasteSteps: (place, text) => {
        const paste = (found: string | null) => {
          const copied = found === null ? null : readCopied(found)
          if (copied === null) return notifyError(new Error(now().t('nothing_to_paste')))
          put(pasteSteps(now().graph, place ?? placeAfter(now().graph, now().selection), copied))
        }
        if (text !== undefined) return paste(text)
        const own = () => paste(ownCopied())
        if (navigator.clipboard?.readText === undefined) return own()
        navigator.clipboard.readText().then(found => readCopied(found) === null ? own() : paste(found), own)
      },
    }
  }, [])
}

/** Kept by the program too, for browsers that do not let a page read the clipboard. */
export function keepCopied(text: string): void {
  try {
    localStorage.setItem(ownClipboard, text)
  } catch { /* storage may be closed to us */ }
}

function ownCopied(): string | null {
  try {
    return localStorage.getItem(ownClipboard)
  } catch {
    return null
  }
}
