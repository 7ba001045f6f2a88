import { useCallback, useEffect, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { JourneyGraph, JourneyView } from '../../shared/journeys.ts'
import { api, ApiError } from '../app/api.ts'
import { isConflict } from '../ui/error-words.ts'
import { beginHistory, redo, remember, undo } from './history.ts'

export type Draft = { name: string, description: string, graph: JourneyGraph }
export const draftOf = (journey: JourneyView): Draft => ({ name: journey.name, description: journey.description, graph: journey.draft })

/** saved: the server has it. waiting, saving: it will. failed: not reachable or refused, tried again. conflict: somebody else saved meanwhile. */
export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed' | 'conflict'
const pause = 800
const pauseAfterFailure = 5000

/**
 * The draft of a journey with its past, saved by itself a moment after the last change. What is saved is told by
 * identity: a draft is never changed in place. Only one save is on its way at a time.
 */
export function useDraft(saved: JourneyView, readOnly: boolean) {
  const client = useQueryClient()
  const [history, setHistory] = useState(() => beginHistory(draftOf(saved)))
  const [base, setBase] = useState(saved)
  const [state, setState] = useState<SaveState>('saved')
  const [error, setError] = useState<unknown>(null)
  // What saving needs, whenever it happens.
  const now = useRef({ draft: history.present, base: saved, stored: history.present, running: null as Promise<JourneyView> | null, stopped: false })
  now.current.draft = history.present

  const accept = useCallback((journey: JourneyView) => {
    now.current.base = journey
    setBase(journey)
    client.setQueryData(['journey', journey.id], journey)
    void client.invalidateQueries({ queryKey: ['list'] })
  }, [client])

  const nothingToSave = useCallback(() => {
    setError(null)
    setState('saved')
  }, [])

  /** Saves what there is now; answers once the server has the latest. */
  const saveNow = useCallback(async (): Promise<JourneyView> => {
    const current = now.current
    if (current.running) await current.running.catch(() => undefined)
    if (current.draft === current.stored) nothingToSave()
    if (current.draft === current.stored || readOnly) return current.base
    const draft = current.draft
    setState('saving')
    current.running = api.put<JourneyView>(`/journeys/${current.base.id}`, { revision: current.base.revision, name: draft.name.trim() === '' ? current.base.name : draft.name, description: draft.description, draft: draft.graph })
    try {
      const journey = await current.running
      current.stored = draft
      accept(journey)
      setError(null)
      setState(current.draft === draft ? 'saved' : 'waiting')
      return journey
    } catch (problem) {
      setError(problem)
      current.stopped = isConflict(problem)
      setState(current.stopped ? 'conflict' : 'failed')
      throw problem
    } finally {
      current.running = null
    }
  }, [accept, nothingToSave, readOnly])

  const failed = state === 'failed'
  const unreachable = failed && error instanceof ApiError && (error.status === 0 || error.status >= 500)
  useEffect(() => {
    const current = now.current
    if (readOnly || current.stopped) return
    if (history.present === current.stored) {
      // Undone or done again until it is what the server has.
      if (!current.running) nothingToSave()
      return
    }
    if (!current.running) setState('waiting')
    const timer = setTimeout(() => void saveNow().catch(() => undefined), pause)
    return () => clearTimeout(timer)
  }, [history.present, saveNow, nothingToSave, readOnly, base])
  // What was refused is not tried again before it is changed; an unreachable server is asked again.
  useEffect(() => {
    if (!unreachable) return
    const timer = setInterval(() => void saveNow().catch(() => undefined), pauseAfterFailure)
    return () => clearInterval(timer)
  }, [unreachable, saveNow])
  // Whoever goes to another page takes nothing along; the browser asks before it closes on something unsaved.
  useEffect(() => () => { if (!now.current.stopped && now.current.draft !== now.current.stored) void saveNow().catch(() => undefined) }, [saveNow])
  const unsaved = !readOnly && state !== 'saved'
  useEffect(() => {
    if (!unsaved) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [unsaved])

  // Somebody else saved, or it was published: what is not being edited here follows.
  useEffect(() => {
    const current = now.current
    if (saved === current.base || saved.revision < current.base.revision || current.running) return
    const isNewer = saved.revision > current.base.revision
    if (isNewer && current.draft !== current.stored) return
    current.base = saved
    setBase(saved)
    if (!isNewer) return
    const draft = draftOf(saved)
    current.stored = draft
    setHistory(before => ({ ...before, present: draft, tag: null }))
  }, [saved])

  const edit = useCallback((change: (graph: JourneyGraph) => JourneyGraph, tag: string | null = null) => {
    setHistory((before) => {
      const graph = change(before.present.graph)
      return graph === before.present.graph ? before : remember(before, { ...before.present, graph }, tag)
    })
  }, [])
  const rename = useCallback((change: Partial<Draft>) => setHistory(before => remember(before, { ...before.present, ...change }, Object.keys(change).join())), [])

  /** Theirs is taken; mine is one "undo" away. */
  const takeTheirs = useCallback(async () => {
    const journey = await api.get<JourneyView>(`/journeys/${now.current.base.id}`)
    const draft = draftOf(journey)
    now.current.stored = draft
    now.current.stopped = false
    accept(journey)
    setHistory(before => remember(before, draft))
    setError(null)
    setState('saved')
  }, [accept])

  return {
    draft: history.present, base, state, error, accept, saveNow, edit, rename, takeTheirs,
    undo: useCallback(() => setHistory(undo), []), redo: useCallback(() => setHistory(redo), []),
    canUndo: history.past.length > 0, canRedo: history.future.length > 0,
  }
}
