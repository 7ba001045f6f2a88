import type { ReactNode } from 'react'
import { Group, Text, ThemeIcon, Tooltip } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { problemsOf, useEditor } from './editor.ts'
import { startIcon, stepLook, triggerLook } from './step-look.ts'

/** The face of a step (or of the trigger): the same on the canvas and in the list. */
export function StepFace({ step: key, number }: { step: string | null, number?: number }) {
  const { t } = useTranslation('journeys')
  const { graph, problems, words } = useEditor()
  const step = key === null ? undefined : graph.steps[key]
  const { icon: StepIcon, color } = key === null ? { icon: triggerLook[graph.trigger.kind] ?? startIcon, color: 'pine' } : step ? stepLook[step.kind] : stepLook.end
  const title = step ? words.title(step) : t('trigger')
  const summary = step ? words.summary(step, graph) : words.trigger(graph)
  const own = problemsOf(problems, key)
  return (
    <>
      <Group gap={8} wrap="nowrap">
        <ThemeIcon size={22} radius="sm" variant="light" color={color}><StepIcon size={14} stroke={1.8} aria-hidden /></ThemeIcon>
        <Text size="xs" c="dimmed" fw={500} flex={1} truncate>{number === undefined ? title : `${number}. ${title}`}</Text>
        {own.length > 0 && <ProblemMark title={own.map(problem => t(`problems.${problem.code}`, { defaultValue: problem.message })).join('\n')} blocking={own.some(problem => problem.blocking)} />}
      </Group>
      <Summary missing={summary === undefined}>{summary ?? t('not_chosen')}</Summary>
    </>
  )
}

function Summary({ missing, children }: { missing: boolean, children: ReactNode }) {
  return <Text size="sm" fw={missing ? 400 : 500} c={missing ? 'dimmed' : undefined} lh={1.3} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{children}</Text>
}

export function ProblemMark({ title, blocking }: { title: string, blocking: boolean }) {
  return (
    <Tooltip label={title} multiline maw={300} style={{ whiteSpace: 'pre-line' }}>
      <IconAlertCircle size={16} role="img" aria-label={title} color={`var(--mantine-color-${blocking ? 'red-6' : 'amber-5'})`} />
    </Tooltip>
  )
}
