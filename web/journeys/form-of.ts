import type { JourneyStep } from '../../shared/journeys.ts'
import { useEditor } from './editor.ts'
import { outline } from './outline.ts'

/** A form for one kind of step: `set` writes what changed; typing goes on as one gesture. */
export type FormOf<Kind extends JourneyStep['kind']> = { step: Extract<JourneyStep, { kind: Kind }>, stepKey: string, set: (change: Partial<Extract<JourneyStep, { kind: Kind }>>, typing?: boolean) => void }

/** Mails of the journey beside this step, as they are numbered in the list. */
export function useMailSteps(stepKey: string): { step: string, label: string }[] {
  const { graph, words } = useEditor()
  return outline(graph).flatMap(row => row.kind === 'step' && graph.steps[row.key]?.kind === 'mail' && row.key !== stepKey ? [{ step: row.key, label: `${row.number}. ${words.mailName(graph, row.key) ?? row.key}` }] : [])
}
