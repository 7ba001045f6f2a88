import { Anchor, Badge, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { CompanyCard, CompanyDeal, CompanyPerson } from '../../shared/companies.ts'
import { withQuery } from '../app/api.ts'
import { Panel } from '../contacts/panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { Money } from '../ui/money.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'

export function CompanyPeople({ company }: { company: CompanyCard }) {
  const { t } = useTranslation('companies')
  const list = useList<CompanyPerson>(`/companies/${company.id}/contacts`)
  const there = withQuery('/contacts', { filter: JSON.stringify([{ field: 'company', operator: 'is', value: company.name }]) })
  return (
    <Panel title={t('people')} action={list.rows.length > 0 && <Anchor component={Link} to={there} size="xs">{t('all_people')}</Anchor>}>
      <Stack gap={8}>
        <ErrorNotice error={list.error} />
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('no_people')}</Text>}
        {list.rows.map(person => (
          <Group key={person.id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Anchor component={Link} to={`/contacts/${person.id}`} size="sm" truncate>{person.name}</Anchor>
              <Text size="xs" c="dimmed" truncate>{[person.job_title, person.email === person.name ? null : person.email, person.phone].filter(Boolean).join(' · ')}</Text>
            </Stack>
            {person.last_event_at !== null && <Text size="xs" c="dimmed" style={{ flex: 'none' }}><TimeAgo time={person.last_event_at} /></Text>}
          </Group>
        ))}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Panel>
  )
}

const colors = { open: 'amber', won: 'pine', lost: 'gray' } as const

export function CompanyDeals({ companyId }: { companyId: number }) {
  const { t } = useTranslation('companies')
  const list = useList<CompanyDeal>(`/companies/${companyId}/deals`)
  return (
    <Panel title={t('deals')}>
      <Stack gap={8}>
        <ErrorNotice error={list.error} />
        {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('no_deals')}</Text>}
        {list.rows.map(deal => (
          <Group key={deal.id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Anchor component={Link} to={`/deals/${deal.id}`} size="sm" truncate>{deal.title}</Anchor>
              <Text size="xs" c="dimmed" truncate>{deal.amount !== null && <><Money amount={deal.amount} currency={deal.currency} /> · </>}<Anchor component={Link} to={`/contacts/${deal.contact.id}`} inherit>{deal.contact.name}</Anchor>{deal.owner !== null && <> · {deal.owner.name}</>}</Text>
            </Stack>
            <Badge color={colors[deal.state]} style={{ flex: 'none' }}>{deal.stage}</Badge>
          </Group>
        ))}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Panel>
  )
}
