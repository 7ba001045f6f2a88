import { Anchor, Badge, Group, Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { FieldValue } from '../../shared/contacts.ts'
import type { RuleTrial } from '../../shared/data-map.ts'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'

const outcomes = ['filled', 'unchanged', 'kept', 'passed_over', 'refused'] as const
const colors = { filled: 'pine', unchanged: 'gray', kept: 'gray', passed_over: 'gray', refused: 'red' } as const
const shown = (value: FieldValue): string => value === null || value === '' ? '—' : Array.isArray(value) ? value.join(', ') : String(value)

/** What the rule would have done with the latest events, what is wrong first. */
export function TrialResult({ trial }: { trial: RuleTrial }) {
  const { t } = useTranslation('data_map')
  const format = useFormat()
  return (
    <Paper p="sm" role="status">
      <Stack gap={8}>
        <Text size="sm" fw={500}>{trial.events === 0 ? t('trial.none') : t('trial.events', { count: trial.events })}</Text>
        {trial.events > 0 && <Group gap={6}>{outcomes.filter(outcome => trial[outcome] > 0).map(outcome => <Badge key={outcome} variant="light" color={colors[outcome]}>{t(`trial.${outcome}`)} {format.number(trial[outcome])}</Badge>)}</Group>}
        {trial.examples.map((example, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- one person may stand here twice
          <div key={index}>
            <Group gap={8} wrap="nowrap" justify="space-between" align="baseline">
              <Anchor component={Link} to={`/contacts/${example.contact_id}`} target="_blank" size="sm" style={{ overflowWrap: 'anywhere' }}>{example.name}</Anchor>
              <Text size="xs" c={example.outcome === 'refused' ? 'red' : 'dimmed'} flex="none">{t(`trial.${example.outcome}`)}</Text>
            </Group>
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {example.outcome === 'filled' ? `${shown(example.before)} → ${shown(example.after)}` : example.outcome === 'kept' ? t('trial.kept_line', { given: example.given, kept: shown(example.before) }) : example.given || shown(example.before)}
              {example.message !== null && ` · ${serverWords(example.message)}`}
            </Text>
          </div>
        ))}
      </Stack>
    </Paper>
  )
}
