import { Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DealWithLines } from '../../shared/deals.ts'
import { Panel } from '../contacts/panel.tsx'
import { useFormat } from '../ui/format.ts'

/** What is sold in a deal, as the program it came from told it; nothing while there are no lines. */
export function DealLines({ deal }: { deal: DealWithLines }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  if (deal.lines.length === 0) return null
  return (
    <Panel title={t('lines.title')}>
      <Stack gap={4}>
        {deal.lines.map(line => (
          <Group key={line.id} justify="space-between" gap="xs" wrap="nowrap" align="baseline">
            <Text size="sm" miw={0}>
              {line.name}
              <Text span inherit c="dimmed">
                {' '}{t('lines.times', { quantity: format.number(line.quantity), price: format.money(line.price, deal.currency) })}
                {line.discount_percent !== null && ` · ${t('lines.discount', { discount: format.percent(line.discount_percent / 100, 2) })}`}
                {line.discount !== null && ` · ${t('lines.discount', { discount: format.money(line.discount, deal.currency) })}`}
              </Text>
            </Text>
            <Text size="sm" flex="none">{format.money(line.total, deal.currency)}</Text>
          </Group>
        ))}
        <Text size="sm" c="dimmed">{t('lines.sum_hint')}</Text>
      </Stack>
    </Panel>
  )
}
