import { useState } from 'react'
import type { ReactNode } from 'react'
import { Anchor, Drawer, Group, Progress, Skeleton, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ContactFeatures } from '../../shared/features.ts'
import { Panel } from '../contacts/panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { useClassName } from './class-name.ts'
import { useContactFeatures } from './features-query.ts'
import { useReasonWords } from './reason-words.ts'
import { WhyActivity, WhyEngagement, WhyPrediction, WhyRfm } from './why-feature.tsx'

type Asked = 'engagement' | 'activity' | 'rfm' | 'prediction'

/** What is computed of this person, each with how and from what. */
export function FeaturesPanel({ contactId }: { contactId: number }) {
  const { t } = useTranslation('features')
  const found = useContactFeatures(contactId)
  const [asked, setAsked] = useState<Asked | null>(null)
  if (found.isPending) return <Panel title={t('card.title')}><Skeleton height={120} /></Panel>
  if (found.isError) return <Panel title={t('card.title')}><ErrorNotice error={found.error} retry={() => void found.refetch()} /></Panel>
  return (
    <Panel title={t('card.title')}>
      <Lines features={found.data} ask={setAsked} />
      <Drawer opened={asked !== null} onClose={() => setAsked(null)} position="right" size={480} title={<Text fw={600}>{asked === null ? '' : t(`why.titles.${asked}`)}</Text>}>
        {asked === 'engagement' && <WhyEngagement features={found.data} />}
        {asked === 'activity' && <WhyActivity features={found.data} />}
        {asked === 'rfm' && <WhyRfm features={found.data} />}
        {asked === 'prediction' && <WhyPrediction features={found.data} />}
      </Drawer>
    </Panel>
  )
}

function Lines({ features, ask }: { features: ContactFeatures, ask: (feature: Asked) => void }) {
  const { t } = useTranslation('features')
  const format = useFormat()
  const words = useReasonWords()
  const className = useClassName()
  const { rfm, prediction } = features
  const value = prediction === null ? null : prediction.predicted_value === null ? format.number(prediction.expected_orders) : format.money(prediction.predicted_value, features.currency)
  return (
    <Stack gap={6}>
      <Line label={t('card.engagement')} value={format.number(features.engagement.score)} ask={() => ask('engagement')} why={t('why.titles.engagement')} />
      <Line
        label={t('card.activity')} ask={() => ask('activity')} why={t('why.titles.activity')}
        value={t('card.active_days', { month: format.number(features.active_days.last_30), quarter: format.number(features.active_days.last_90) })}
      />
      {features.order_interval_days !== null && <Line label={t('card.interval')} value={features.order_interval_days < 1 ? t('card.less_than_day') : t('card.days', { count: Math.round(features.order_interval_days) })} />}
      <Line
        label={t('card.rfm')} ask={() => ask('rfm')} why={t('why.titles.rfm')}
        {...(rfm === null ? { reason: words(features.rfm_reason, true) } : { value: `${className(rfm.class)} (${rfm.recency}·${rfm.frequency}·${rfm.monetary})` })}
      />
      <Line
        label={prediction !== null && prediction.predicted_value === null ? t('card.expected_orders') : t('card.predicted_value')} ask={() => ask('prediction')} why={t('why.titles.prediction')}
        {...(value === null ? { reason: words(features.prediction_reason) } : { value })}
      />
      {prediction !== null && <Line label={t('card.alive')} {...(prediction.alive_probability === null ? { reason: t('card.alive_unknown') } : { value: format.percent(prediction.alive_probability / 100, 0) })} />}
      {features.topics.length > 0 && <Topics topics={features.topics} />}
    </Stack>
  )
}

function Line({ label, value, reason, ask, why }: { label: string, value?: ReactNode, reason?: string, ask?: () => void, why?: string }) {
  const { t } = useTranslation('features')
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm" align="baseline">
      <Text size="sm" c="dimmed">{label}</Text>
      <Group gap={8} wrap="nowrap" align="baseline" justify="flex-end">
        {reason === undefined ? <Text size="sm" ta="right">{value}</Text> : <Text size="xs" c="dimmed" ta="right">{reason}</Text>}
        {ask !== undefined && <Anchor component="button" type="button" size="xs" onClick={ask} aria-label={why ?? ''}>{t('card.why')}</Anchor>}
      </Group>
    </Group>
  )
}

function Topics({ topics }: { topics: ContactFeatures['topics'] }) {
  const { t, i18n } = useTranslation('features')
  const format = useFormat()
  return (
    <Stack gap={6} mt={6}>
      <Text size="sm" fw={600}>{t('card.topics')}</Text>
      {topics.map((topic) => {
        const opened = Math.min(1, topic.opened / topic.sent)
        const name = i18n.language === 'ru' ? topic.name_ru : topic.name_en
        return (
          <Stack key={topic.topic_id} gap={3}>
            <Group justify="space-between" gap="2px 12px" align="baseline">
              <Text size="sm">{name}</Text>
              <Text size="xs" c="dimmed">
                {t('card.reaction', { sent: format.number(topic.sent), opened: format.percent(opened, 0), clicked: format.percent(Math.min(1, topic.clicked / topic.sent), 0) })}
              </Text>
            </Group>
            <Progress value={100 * opened} size={4} aria-label={t('card.opened_of', { name, share: format.percent(opened, 0) })} />
          </Stack>
        )
      })}
    </Stack>
  )
}
