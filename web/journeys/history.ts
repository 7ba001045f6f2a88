/** A value with its past and what was taken back. `tag` names the gesture that made the present. */
export type History<T> = { past: T[], present: T, future: T[], tag: string | null }
const mostUndos = 100

export const beginHistory = <T>(present: T): History<T> => ({ past: [], present, future: [], tag: null })

/** With the tag of the gesture before (typing in one field), one undo takes all of it back. */
export function remember<T>(history: History<T>, present: T, tag: string | null = null): History<T> {
  if (present === history.present) return history
  const goesOn = tag !== null && tag === history.tag && history.past.length > 0
  return { past: goesOn ? history.past : [...history.past, history.present].slice(-mostUndos), present, future: [], tag }
}

export function undo<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1)
  return previous === undefined ? history : { past: history.past.slice(0, -1), present: previous, future: [history.present, ...history.future], tag: null }
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future, tag: null }
}
