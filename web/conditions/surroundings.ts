import { createContext, useContext } from 'react'
import type { Condition } from '../../shared/conditions.ts'
import type { ConditionPreview, ConditionVocabulary } from '../../shared/segments.ts'
import type { FieldError } from '../app/api.ts'
import type { Direction, Place } from './condition-tree.ts'
import type { Labels } from './labels.ts'
import type { JourneyMail } from './other-editors.tsx'
import type { SubjectGroup } from './subjects.ts'

/** What every line of one builder shares. */
export type Surroundings = {
  vocabulary: ConditionVocabulary
  subjects: SubjectGroup[]
  labels: Labels
  /** of the part at a place of the builder's tree (`condition.all[1]`) */
  errors: FieldError[]
  /** null: not counted, or not yet */
  numbers: { steps: Map<string, number>, exact: boolean, isCurrent: boolean, of: ConditionPreview } | null
  root: Condition
  /** of a journey; undefined outside of one */
  mails: JourneyMail[] | undefined
  excludeSegment: number | undefined
  disabled: boolean
  write: (root: Condition, same?: string) => void
  move: (place: Place, direction: Direction) => void
  copy: (part: Condition) => void
  /** after the parts of the group at this place */
  paste: (group: Place) => void
  /** the line just added, which takes the keyboard */
  added: string | null
  add: (group: Place, part: Condition) => void
  drag: Drag
}

export type Drag = {
  from: Place | null
  /** before which place it would be put */
  to: Place | null
  start: (from: Place) => void
  over: (to: Place) => void
  end: () => void
  drop: () => void
}

export const SurroundingsContext = createContext<Surroundings | null>(null)

export function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext)
  if (surroundings === null) throw new Error('lines of conditions stand inside a ConditionBuilder')
  return surroundings
}

export const placeKey = (place: Place): string => place.join('.')
