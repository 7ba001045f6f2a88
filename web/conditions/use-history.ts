import { useEffect, useRef, useState } from 'react'
import type { Condition } from '../../shared/conditions.ts'

/** Changes of the same thing that follow each other faster than this are undone together. */
const togetherFor = 1200
const mostKept = 100

export type History = {
  /** `same` names what is being changed: typing on is one change */
  write: (next: Condition, same?: string) => void
  undo: (() => void) | null
  redo: (() => void) | null
}

/** What was changed here can be taken back; a condition that comes from elsewhere begins anew. */
export function useHistory(value: Condition, onChange: (condition: Condition) => void): History {
  const [{ past, future }, setSteps] = useState<{ past: Condition[], future: Condition[] }>({ past: [], future: [] })
  const emitted = useRef(value)
  const last = useRef<{ same: string | undefined, at: number }>({ same: undefined, at: 0 })
  useEffect(() => {
    if (value === emitted.current) return
    emitted.current = value
    setSteps({ past: [], future: [] })
  }, [value])
  const emit = (next: Condition) => {
    emitted.current = next
    onChange(next)
  }
  return {
    write: (next, same) => {
      const now = Date.now()
      const isMore = same !== undefined && same === last.current.same && now - last.current.at < togetherFor
      last.current = { same, at: now }
      if (!isMore) setSteps(before => ({ past: [...before.past, value].slice(-mostKept), future: [] }))
      emit(next)
    },
    undo: past.length === 0 ? null : () => {
      last.current = { same: undefined, at: 0 }
      setSteps({ past: past.slice(0, -1), future: [value, ...future] })
      emit(past.at(-1) ?? value)
    },
    redo: future.length === 0 ? null : () => {
      last.current = { same: undefined, at: 0 }
      setSteps({ past: [...past, value], future: future.slice(1) })
      emit(future[0] ?? value)
    },
  }
}
