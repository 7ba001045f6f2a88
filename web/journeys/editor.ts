import { createContext, useContext } from 'react'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyReport, JourneyStep } from '../../shared/journeys.ts'
import type { Place, StepKind } from './graph.ts'
import type { Lookups } from './lookups.ts'
import type { StepWords } from './step-words.ts'

/** What is selected: the trigger or a step. */
export type Selection = { kind: 'trigger' } | { kind: 'step', key: string } | null

/** Shared by canvas, list and inspector: one graph, one set of acts on it. */
export type Editor = {
  journeyId: number
  graph: JourneyGraph
  problems: JourneyProblem[]
  /** numbers of the published journey, by step */
  report: JourneyReport | null
  lookups: Lookups
  words: StepWords
  readOnly: boolean
  selection: Selection
  select: (selection: Selection) => void
  edit: (change: (graph: JourneyGraph) => JourneyGraph, merge?: boolean) => void
  addStep: (place: Place, kind: StepKind) => void
  leadTo: (place: Place, to: string | null) => void
  changeStep: (key: string, change: Partial<JourneyStep>, merge?: boolean) => void
  removeStep: (key: string) => void
  duplicateStep: (key: string) => void
  showPeople: (title: string, query: { step?: string, what: string, outcome?: string }) => void
}

export const EditorContext = createContext<Editor | null>(null)

export function useEditor(): Editor {
  const editor = useContext(EditorContext)
  if (editor === null) throw new Error('useEditor is used outside of a journey')
  return editor
}

export const problemsOf = (problems: JourneyProblem[], step: string | null): JourneyProblem[] => problems.filter(problem => problem.step === step)
