import { createContext, useContext } from 'react'
import type { DryRunResult } from '../../shared/dry-runs.ts'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import type { JourneyGraph, JourneyReport, JourneyStep } from '../../shared/journeys.ts'
import type { DryFaces } from './dry-faces.ts'
import { lastPlace } from './graph.ts'
import type { StepKind } from './graph.ts'
import type { Lookups } from './lookups.ts'
import type { StepWords } from './step-words.ts'
import { goalPlace, mainOutlet, start } from './ways.ts'
import type { Place } from './ways.ts'

/** What is selected: the start, a goal, a note, a step or several. */
export type Selection = { kind: 'trigger' } | { kind: 'step', key: string } | { kind: 'steps', keys: string[] } | { kind: 'goal', key: string } | { kind: 'note', key: string } | null

export const selectedSteps = (selection: Selection): string[] => selection?.kind === 'step' ? [selection.key] : selection?.kind === 'steps' ? selection.keys : []
export const selectSteps = (keys: string[]): Selection => keys.length === 0 ? null : keys.length === 1 ? { kind: 'step', key: keys[0]! } : { kind: 'steps', keys }

/** What can be done with a journey. These never change, so that what only acts is not drawn again with every letter typed. */
export type Acts = {
  select: (selection: Selection) => void
  /** selects and brings into sight */
  goTo: (selection: Selection) => void
  /** `tag` names the gesture: what is typed into one field is undone at once */
  edit: (change: (graph: JourneyGraph) => JourneyGraph, tag?: string) => void
  /** opens the list of steps at the button that was pressed */
  askForStep: (place: Place, button: HTMLElement) => void
  addStep: (place: Place, kind: StepKind) => void
  leadTo: (place: Place, to: string | null) => void
  changeStep: (key: string, change: Partial<JourneyStep>, typing?: boolean) => void
  /** asks when more than these would go */
  removeSteps: (keys: string[]) => void
  duplicateSteps: (keys: string[]) => void
  copySteps: (keys: string[]) => void
  /** without a place: behind what is selected, else at the end */
  pasteSteps: (place: Place | null, text?: string) => void
  /** the mail of this step, or the making of one */
  editMail: (key: string) => void
  undo: () => void
  redo: () => void
  showPeople: (title: string, query: { step?: string, what: string, outcome?: string, reason?: string }) => void
  /** some of those a dry run led to a step, or along a way */
  showDryPeople: (title: string, query: { step?: string, what?: string }) => void
}

export type DryShown = { result: DryRunResult, faces: DryFaces, outdated: boolean }

/** Shared by canvas, list and inspector: one graph, one set of acts on it. */
export type Editor = Acts & {
  journeyId: number
  graph: JourneyGraph
  problems: JourneyProblem[]
  /** numbers of the published journey, by step */
  report: JourneyReport | null
  /** the latest dry run, while its numbers are shown instead */
  dry: DryShown | null
  lookups: Lookups
  words: StepWords
  readOnly: boolean
  selection: Selection
  /** what is to be brought into sight; a new object each time */
  inSight: { selection: Selection } | null
}

export const EditorContext = createContext<Editor | null>(null)
export const ActsContext = createContext<(Acts & { readOnly: boolean }) | null>(null)

export function useEditor(): Editor {
  const editor = useContext(EditorContext)
  if (editor === null) throw new Error('useEditor is used outside of a journey')
  return editor
}

export function useActs(): Acts & { readOnly: boolean } {
  const acts = useContext(ActsContext)
  if (acts === null) throw new Error('useActs is used outside of a journey')
  return acts
}

export const problemsOf = (problems: JourneyProblem[], step: string | null): JourneyProblem[] => problems.filter(problem => problem.step === step)

/** Where a step chosen without a place goes: behind the one that is selected, else to the end of the main way. */
export function placeAfter(graph: JourneyGraph, selection: Selection): Place {
  const key = selectedSteps(selection).at(-1)
  const step = key === undefined ? undefined : graph.steps[key]
  const outlet = step && mainOutlet(step)
  return key !== undefined && outlet !== undefined ? { step: key, outlet } : selection?.kind === 'trigger' ? start : selection?.kind === 'goal' ? goalPlace(selection.key) : lastPlace(graph)
}
