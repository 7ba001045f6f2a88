import { Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { useEditor } from './editor.ts'
import type { Selection } from './editor.ts'
import { problemWords, ProblemMark } from './step-card.tsx'

/** What is to be chosen to mend it. */
export function whereIs(problem: JourneyProblem, graph: JourneyGraph): Selection {
  if (problem.step !== null) return { kind: 'step', key: problem.step }
  const [, index, key] = /^goals(?:\[(\d+)\]|\.([a-z0-9_]+))/.exec(problem.field) ?? []
  const goal = index === undefined ? graph.goals?.find(one => one.key === key) : graph.goals?.[Number(index)]
  return goal ? { kind: 'goal', key: goal.key } : { kind: 'trigger' }
}

/** All that is wrong, what blocks publishing first; each leads to where it is mended. */
export function ProblemsPanel() {
  const { t } = useTranslation('journeys')
  const { graph, problems, words, goTo } = useEditor()
  if (problems.length === 0) return null
  const name = (problem: JourneyProblem) => {
    const step = problem.step === null ? undefined : graph.steps[problem.step]
    if (step) return words.title(step)
    const where = whereIs(problem, graph)
    return where?.kind === 'goal' ? graph.goals?.find(goal => goal.key === where.key)?.name ?? t('goal') : t('trigger')
  }
  const part = (blocking: boolean) => {
    const own = problems.filter(problem => problem.blocking === blocking)
    return own.length > 0 && (
      <Stack gap={6}>
        <Title order={4}>{t(blocking ? 'to_mend' : 'to_consider')}</Title>
        {own.map(problem => (
          <UnstyledButton key={problem.code + problem.field} fz="sm" onClick={() => goTo(whereIs(problem, graph))} style={{ display: 'flex', gap: 6, alignItems: 'flex-start' }}>
            <span style={{ paddingTop: 2, display: 'flex' }}><ProblemMark title={t(blocking ? 'blocks' : 'does_not_block')} blocking={blocking} /></span>
            <span><Text span size="sm" fw={500}>{name(problem)}:</Text> {problemWords(t, problem)}</span>
          </UnstyledButton>
        ))}
      </Stack>
    )
  }
  return <>{part(true)}{part(false)}</>
}
