import { Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DealWithLines } from '../../shared/deals.ts'
import { api } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'

/** What is sold in a deal, as the program it came from told it; nothing while there are no lines. */
export function DealLines({ id }: { id: number }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const query = useQuery({ queryKey: ['deal', id], queryFn: () => api.get<DealWithLines>(`/deals/${id}`), staleTime: 0 })
  const deal = query.data
  if (deal === undefined || deal.lines.length === 0) return null
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>{t('lines.title')}</Text>
      {deal.lines.map(line => (
        <Group key={line.id} justify="space-between" gap="xs" wrap="nowrap" align="baseline">
          <Text size="xs" miw={0}>
            {line.name}
            <Text span inherit c="dimmed">
              {' '}{t('lines.times', { quantity: format.number(line.quantity), price: format.money(line.price, deal.currency) })}
              {line.discount_percent !== null && ` · ${t('lines.discount', { discount: format.percent(line.discount_percent / 100, 2) })}`}
              {line.discount !== null && ` · ${t('lines.discount', { discount: format.money(line.discount, deal.currency) })}`}
            </Text>
          </Text>
          <Text size="xs" flex="none">{format.money(line.total, deal.currency)}</Text>
        </Group>
      ))}
      <Text size="xs" c="dimmed">{t('lines.sum_hint')}</Text>
    </Stack>
  )
}
