import { useCallback, useReducer } from 'react'

/** A value with its past: typing in one place within a second and a half is one step back. */
type State<T> = { past: T[], present: T, future: T[], tag: string, at: number }
type Action<T> = { kind: 'set', value: T, tag: string, at: number } | { kind: 'undo' } | { kind: 'redo' } | { kind: 'reset', value: T }
const mostSteps = 200

export function step<T>(state: State<T>, action: Action<T>): State<T> {
  switch (action.kind) {
    case 'set': {
      if (action.value === state.present) return state
      const joins = action.tag !== '' && action.tag === state.tag && action.at - state.at < 1500
      return { past: joins ? state.past : [...state.past, state.present].slice(-mostSteps), present: action.value, future: [], tag: action.tag, at: action.at }
    }
    case 'undo': {
      const before = state.past.at(-1)
      return before === undefined ? state : { past: state.past.slice(0, -1), present: before, future: [state.present, ...state.future], tag: '', at: 0 }
    }
    case 'redo': {
      const after = state.future[0]
      return after === undefined ? state : { past: [...state.past, state.present], present: after, future: state.future.slice(1), tag: '', at: 0 }
    }
    case 'reset': return { past: [], present: action.value, future: [], tag: '', at: 0 }
  }
}

export function useHistory<T>(initial: T) {
  const [state, dispatch] = useReducer(step<T>, { past: [], present: initial, future: [], tag: '', at: 0 })
  return {
    value: state.present,
    set: useCallback((value: T, tag = '') => dispatch({ kind: 'set', value, tag, at: Date.now() }), []),
    undo: useCallback(() => dispatch({ kind: 'undo' }), []),
    redo: useCallback(() => dispatch({ kind: 'redo' }), []),
    reset: useCallback((value: T) => dispatch({ kind: 'reset', value }), []),
    canUndo: state.past.length > 0,
    canRedo: state.future.length > 0,
  }
}
