import { Anchor, Group, Paper, Progress as Bar, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import { useFormat } from '../ui/format.ts'

/** How far the sending is. Follows by itself. */
export function Progress({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const { ledger, state } = campaign
  if (state === 'sent') return null
  const done = ledger.planned - ledger.queued - ledger.sending
  const part = (count: number) => ledger.planned === 0 ? 0 : count / ledger.planned * 100
  return (
    <Paper>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">{t(`progress.${state}`)}</Title>
          <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>{t('done_of', { done: format.number(done), all: format.number(ledger.planned) })}</Text>
        </Group>
        <Bar.Root size="lg" aria-label={t('done_of', { done: format.number(done), all: format.number(ledger.planned) })}>
          <Bar.Section value={part(ledger.sent - ledger.bounced)} color="pine" aria-label={t('numbers.delivered')} />
          <Bar.Section value={part(ledger.bounced + ledger.failed + ledger.unknown)} color="red" aria-label={t('numbers.failed')} />
          <Bar.Section value={part(ledger.skipped)} color="gray.5" aria-label={t('numbers.skipped')} />
        </Bar.Root>
        {campaign.segment && <Text size="sm" c="dimmed">{t('goes_to')} <Anchor component={Link} size="sm" to={`/segments/${campaign.segment.id}`}>{campaign.segment.name}</Anchor>{campaign.template && <> · <Anchor component={Link} size="sm" to={`/templates/${campaign.template.id}`}>{campaign.template.name}</Anchor></>}</Text>}
      </Stack>
    </Paper>
  )
}
