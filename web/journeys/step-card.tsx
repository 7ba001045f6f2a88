import { memo } from 'react'
import { Group, Text, ThemeIcon, Tooltip } from '@mantine/core'
import { IconAlertCircle, IconMessage2 } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { serverWords } from '../ui/server-words.ts'
import type { Look } from './step-look.ts'
import { stepLook, triggerLook } from './step-look.ts'
import type { StepWords } from './step-words.ts'

/** All that is written on a step: plain values, so that a step that says the same is not drawn again. */
export type Face = { kind: keyof typeof stepLook | null, trigger: keyof typeof triggerLook | null, title: string, summary: string | undefined, note: string | undefined, problem: string | undefined, blocking: boolean }

export const problemWords = (t: TFunction<'journeys'>, problem: JourneyProblem): string => problem.code === 'bad_condition'
  ? `${t('problems.bad_condition')} ${serverWords(problem.message)}`
  : t(`problems.${problem.code}`, { defaultValue: problem.message })

/** The face of a step, or (key null) of the start. */
export function faceOf(graph: JourneyGraph, key: string | null, words: StepWords, problems: JourneyProblem[], t: TFunction<'journeys'>): Face {
  const step = key === null ? undefined : graph.steps[key]
  return {
    kind: step?.kind ?? null, trigger: key === null ? graph.trigger.kind : null,
    title: step ? words.title(step) : t('trigger'), summary: step ? words.summary(step, graph) : words.trigger(graph),
    note: step?.note?.trim() || undefined,
    problem: problems.length === 0 ? undefined : problems.map(problem => problemWords(t, problem)).join('\n'), blocking: problems.some(problem => problem.blocking),
  }
}

/** The same on the canvas and in the list. */
export const StepFace = memo(function StepFace({ face, number }: { face: Face, number?: number | undefined }) {
  const { t } = useTranslation('journeys')
  const look: Look = face.kind === null ? { icon: triggerLook[face.trigger ?? 'manual'], color: 'pine' } : stepLook[face.kind]
  const StepIcon = look.icon
  return (
    <>
      <Group gap={8} wrap="nowrap">
        <ThemeIcon size={22} radius="sm" variant="light" color={look.color}><StepIcon size={14} stroke={1.8} aria-hidden /></ThemeIcon>
        <Text size="xs" c="dimmed" fw={500} flex={1} truncate>{number === undefined ? face.title : `${number}. ${face.title}`}</Text>
        {face.note !== undefined && <Tooltip label={face.note} multiline maw={300} style={{ whiteSpace: 'pre-line' }}><IconMessage2 size={15} stroke={1.7} role="img" aria-label={`${t('note')}: ${face.note}`} color="var(--mantine-color-dimmed)" /></Tooltip>}
        {face.problem !== undefined && <ProblemMark title={face.problem} blocking={face.blocking} />}
      </Group>
      <Text size="sm" fw={face.summary === undefined ? 400 : 500} c={face.summary === undefined ? 'dimmed' : undefined} lh={1.3} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{face.summary ?? t('not_chosen')}</Text>
    </>
  )
})

export function ProblemMark({ title, blocking }: { title: string, blocking: boolean }) {
  return (
    <Tooltip label={title} multiline maw={300} style={{ whiteSpace: 'pre-line' }}>
      <IconAlertCircle size={16} role="img" aria-label={title} color={`var(--mantine-color-${blocking ? 'red-6' : 'amber-5'})`} style={{ flex: 'none' }} />
    </Tooltip>
  )
}
