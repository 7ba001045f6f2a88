import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Deal } from '../../shared/deals.ts'
import type { Lead } from '../../shared/leads.ts'
import { withQuery } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'

const most = 6

/** What waits beside the tasks: new leads, and deals about which nothing is planned. */
export function DayAside({ owner }: { owner: string }) {
  const { t } = useTranslation('activities')
  const format = useFormat()
  const of = owner === 'all' ? {} : { owner }
  const leads = useList<Lead>(withQuery('/leads', { ...of, status: 'new', limit: String(most) })).rows.slice(0, most)
  const deals = useList<Deal>(withQuery('/deals', { ...of, state: 'open', next_step: 'none', limit: String(most) })).rows.slice(0, most)
  return (
    <Stack gap="lg">
      <Paper component="section" aria-label={t('waiting.leads')}>
        <Group justify="space-between" mb="xs"><Title order={2}>{t('waiting.leads')}</Title><Anchor component={Link} to={withQuery('/leads', of)} size="sm">{t('waiting.all')}</Anchor></Group>
        <Stack gap={8}>
          {leads.length === 0 && <Text size="sm" c="dimmed">{t('waiting.no_leads')}</Text>}
          {leads.map(lead => (
            <Group key={lead.id} justify="space-between" gap="xs" wrap="nowrap">
              <Stack gap={0} miw={0}>
                <Anchor component={Link} to={withQuery('/leads', { ...of, open: String(lead.id) })} size="sm" truncate>{lead.contact.name}</Anchor>
                <Text size="xs" c="dimmed" truncate>{lead.source_label}</Text>
              </Stack>
              <TimeAgo time={lead.created_at} size="xs" c="dimmed" />
            </Group>
          ))}
        </Stack>
      </Paper>
      <Paper component="section" aria-label={t('waiting.deals')}>
        <Group justify="space-between" mb="xs"><Title order={2}>{t('waiting.deals')}</Title><Anchor component={Link} to={withQuery('/deals', { ...of, next_step: 'none', view: 'list' })} size="sm">{t('waiting.all')}</Anchor></Group>
        <Stack gap={8}>
          {deals.length === 0 && <Text size="sm" c="dimmed">{t('waiting.no_deals')}</Text>}
          {deals.map(deal => (
            <Group key={deal.id} justify="space-between" gap="xs" wrap="nowrap">
              <Stack gap={0} miw={0}>
                <Anchor component={Link} to={`/deals/${deal.id}`} size="sm" truncate>{deal.title}</Anchor>
                <Text size="xs" c="dimmed" truncate>{deal.contact.name} · {deal.stage.name}</Text>
              </Stack>
              {deal.amount !== null && <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{format.money(deal.amount, deal.currency)}</Text>}
            </Group>
          ))}
        </Stack>
      </Paper>
    </Stack>
  )
}
