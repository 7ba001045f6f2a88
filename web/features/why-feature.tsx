import { Alert, Stack, Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ContactFeatures } from '../../shared/features.ts'
import { useFormat } from '../ui/format.ts'
import { useReasonWords } from './reason-words.ts'

const useActName = () => {
  const { t } = useTranslation('conditions')
  return (type: string): string => t(`events.${type.replaceAll('.', '_')}`, { defaultValue: type })
}

export function WhyEngagement({ features: { engagement } }: { features: ContactFeatures }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const nameOf = useActName()
  return (
    <Stack gap="md">
      <Text size="sm">{t('why.engagement', { count: engagement.half_life_days })}</Text>
      {engagement.by_type.length === 0
        ? <Text size="sm" c="dimmed">{t('why.no_acts')}</Text>
        : (
            <>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>{t('why.act')}</Table.Th><Table.Th ta="right">{t('why.times')}</Table.Th><Table.Th ta="right">{t('why.weight')}</Table.Th><Table.Th ta="right">{t('why.now')}</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {engagement.by_type.map(one => (
                    <Table.Tr key={one.type}><Table.Td>{nameOf(one.type)}</Table.Td><Table.Td ta="right">{format.number(one.acts)}</Table.Td><Table.Td ta="right">{format.number(one.weight)}</Table.Td><Table.Td ta="right">{format.number(one.points)}</Table.Td></Table.Tr>
                  ))}
                </Table.Tbody>
                <Table.Tfoot><Table.Tr><Table.Th>{t('why.score')}</Table.Th><Table.Td /><Table.Td /><Table.Th ta="right">{format.number(engagement.score)}</Table.Th></Table.Tr></Table.Tfoot>
              </Table>
              <Text size="sm" fw={600}>{t('why.latest')}</Text>
              <Table>
                <Table.Tbody>
                  {engagement.latest.map((act, index) => (
                    <Table.Tr key={`${act.at}-${index}`}>
                      <Table.Td>{nameOf(act.type)}{act.order_id !== null && ` ${act.order_id}`}</Table.Td>
                      <Table.Td c="dimmed">{format.dayAndTime(act.at)}</Table.Td>
                      <Table.Td ta="right">{format.number(act.points)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </>
          )}
    </Stack>
  )
}

export function WhyActivity({ features }: { features: ContactFeatures }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  return (
    <Stack gap="sm">
      <Text size="sm">{t('why.activity')}</Text>
      <Facts rows={[[t('why.last_30'), format.number(features.active_days.last_30)], [t('why.last_90'), format.number(features.active_days.last_90)]]} />
    </Stack>
  )
}

export function WhyRfm({ features }: { features: ContactFeatures }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const words = useReasonWords()
  const { rfm } = features
  return (
    <Stack gap="sm">
      {rfm === null && <Alert variant="light" color="gray">{words(features.rfm_reason, true)}</Alert>}
      <Text size="sm">{t('why.rfm')}</Text>
      {rfm !== null && (
        <Table>
          <Table.Thead><Table.Tr><Table.Td /><Table.Th>{t('why.fact')}</Table.Th><Table.Th ta="right">{t('why.points')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            <Table.Tr><Table.Td>{t('why.recency')}</Table.Td><Table.Td>{rfm.last_order_at === null ? '—' : format.day(rfm.last_order_at)}</Table.Td><Table.Td ta="right">{rfm.recency}</Table.Td></Table.Tr>
            <Table.Tr><Table.Td>{t('why.frequency')}</Table.Td><Table.Td>{format.number(rfm.orders_count)}</Table.Td><Table.Td ta="right">{rfm.frequency}</Table.Td></Table.Tr>
            <Table.Tr><Table.Td>{t('why.monetary')}</Table.Td><Table.Td>{format.money(rfm.revenue, features.currency)}</Table.Td><Table.Td ta="right">{rfm.monetary}</Table.Td></Table.Tr>
          </Table.Tbody>
        </Table>
      )}
      <ComputedAt at={features.computed_at} />
    </Stack>
  )
}

export function WhyPrediction({ features }: { features: ContactFeatures }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const words = useReasonWords()
  const { prediction, currency } = features
  return (
    <Stack gap="sm">
      {prediction === null && <Alert variant="light" color="gray">{words(features.prediction_reason)}</Alert>}
      <Text size="sm">{t('why.prediction')}</Text>
      {prediction !== null && (
        <>
          <Facts rows={[
            [t('why.purchases'), format.number(prediction.purchases)],
            [t('why.first'), prediction.first_at === null ? '—' : format.day(prediction.first_at)],
            [t('why.last'), prediction.last_at === null ? '—' : format.day(prediction.last_at)],
            [t('why.mean'), prediction.mean_purchase === null ? '—' : format.money(prediction.mean_purchase, currency)],
          ]} />
          <Facts rows={[
            [t('card.alive'), prediction.alive_probability === null ? t('card.alive_unknown') : format.percent(prediction.alive_probability / 100, 0)],
            [t('card.expected_orders'), format.number(prediction.expected_orders)],
            [t('card.predicted_value'), prediction.predicted_value === null ? words(prediction.value_reason) : format.money(prediction.predicted_value, currency)],
          ]} />
          {prediction.purchases === 1 && <Text size="sm" c="dimmed">{t('why.bought_once')}</Text>}
        </>
      )}
      <ComputedAt at={features.computed_at} />
    </Stack>
  )
}

function Facts({ rows }: { rows: [string, string][] }) {
  return <Table><Table.Tbody>{rows.map(([name, value]) => <Table.Tr key={name}><Table.Td c="dimmed">{name}</Table.Td><Table.Td ta="right">{value}</Table.Td></Table.Tr>)}</Table.Tbody></Table>
}

function ComputedAt({ at }: { at: string | null }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  return at === null ? null : <Text size="xs" c="dimmed">{t('why.computed_at', { when: format.dayAndTime(at) })}</Text>
}
