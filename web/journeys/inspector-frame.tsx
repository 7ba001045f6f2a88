import type { ReactNode } from 'react'
import { ActionIcon, Alert, Group, Stack, Title } from '@mantine/core'
import { IconAlertCircle, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { JourneyProblem } from '../../shared/journey-problems.ts'
import { problemsOf, useEditor } from './editor.ts'
import { problemWords } from './step-card.tsx'

type Props = { title: string, children: ReactNode, actions?: ReactNode } & ({ problemsAt: string | null } | { problems: JourneyProblem[] })

/** Round whatever is inspected: its name, what is wrong with it, and the way out. */
export function Frame({ title, children, actions, ...from }: Props) {
  const { t } = useTranslation('journeys')
  const { select, problems } = useEditor()
  const own = 'problems' in from ? from.problems : problemsOf(problems, from.problemsAt)
  return (
    <Stack gap="sm" role="region" aria-label={title} data-inspector>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={3} style={{ overflowWrap: 'anywhere' }}>{title}</Title>
        <Group gap={2} wrap="nowrap">
          {actions}
          <ActionIcon variant="subtle" color="gray" aria-label={t('close_inspector')} onClick={() => select(null)}><IconX size={17} /></ActionIcon>
        </Group>
      </Group>
      {own.map(problem => <Alert key={problem.code + problem.field} color={problem.blocking ? 'red' : 'amber'} variant="light" p="xs" icon={<IconAlertCircle size={16} />}>{problemWords(t, problem)}</Alert>)}
      {children}
    </Stack>
  )
}
