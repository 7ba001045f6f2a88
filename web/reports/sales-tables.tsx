import type { ReactNode } from 'react'
import { Anchor, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { EndedDeals, SalesReport } from '../../shared/sales-report.ts'
import { useFormat } from '../ui/format.ts'
import { Figures } from '../ui/figures.tsx'

/** Where the deals behind a figure are shown. */
export type OpenDeals = (asked: Record<string, string>) => string

type Of = { report: SalesReport, deals: OpenDeals }

/** By month, what is expected: everything, what is as good as promised, and all by likelihood. */
export function Forecast({ report, deals }: Of) {
  const { t, i18n } = useTranslation('sales')
  const format = useFormat()
  const monthName = new Intl.DateTimeFormat(i18n.language, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  if (report.forecast.length === 0) return null
  return (
    <Figures
      title={t('forecast')} hint={t('forecast_hint', { share: format.percent(report.committed_from / 100) })} heads={[t('month'), t('deals'), t('amount'), t('committed_deals'), t('committed_amount'), t('weighted')]}
      rows={report.forecast.map((row) => {
        const all = { state: 'open', ...(row.from === null ? { expected: 'none' } : { expected_from: row.from, expected_to: row.to! }) }
        const committed = { ...all, probability_from: String(report.committed_from) }
        return {
          key: row.month ?? '', cells: [
            row.from === null ? <Text span inherit c="dimmed">{t('no_month')}</Text> : monthName.format(new Date(row.from)),
            <Behind to={deals(all)}>{format.number(row.deals)}</Behind>, <Behind to={deals(all)}>{format.money(row.amount, report.currency)}</Behind>,
            <Behind to={deals(committed)}>{format.number(row.committed_deals)}</Behind>, <Behind to={deals(committed)}>{format.money(row.committed_amount, report.currency)}</Behind>,
            format.money(row.weighted, report.currency),
          ],
        }
      })}
    />
  )
}

/** How far deals get, a table for each pipeline. */
export function Conversion({ report, deals }: Of) {
  const { t } = useTranslation('sales')
  const format = useFormat()
  const days = (value: number | null): string => value === null ? '–' : format.number(Math.round(value * 10) / 10)
  const pipelines = [...new Map(report.stages.map(row => [row.pipeline.id, row.pipeline])).values()]
  return (
    <Stack gap="lg">
      {pipelines.map((pipeline) => {
        const rows = report.stages.filter(row => row.pipeline.id === pipeline.id)
        // Each later stage somebody could get to, in the order of the pipeline.
        const later = [...new Map(rows.flatMap(row => row.onward).map(each => [each.stage.id, each.stage])).values()]
        return (
          <Figures
            key={pipeline.id} title={pipelines.length > 1 ? t('conversion_of', { pipeline: pipeline.name }) : t('conversion')} hint={t('conversion_hint')}
            heads={[t('stage'), t('entered'), ...later.map(stage => t('onward', { stage: stage.name })), t('became_won'), t('became_lost'), t('stay_mean'), t('stay_median')]}
            rows={rows.map((row) => {
              const passed = { passed: String(row.stage.id), passed_from: report.from, passed_to: report.to, pipeline: '' }
              const share = (count: number, asked: Record<string, string>) => <Behind to={deals({ ...passed, ...asked })}>{format.percent(count / row.entered)} <Text span size="xs" c="dimmed">{format.number(count)}</Text></Behind>
              return {
                key: String(row.stage.id), cells: [
                  row.stage.name, <Behind to={deals({ ...passed, state: 'all' })}>{format.number(row.entered)}</Behind>,
                  ...later.map((stage) => {
                    const onward = row.onward.find(each => each.stage.id === stage.id)
                    return onward === undefined ? null : share(onward.deals, { state: 'all', onward: String(stage.id) })
                  }),
                  share(row.won, { state: 'won' }), share(row.lost, { state: 'lost' }), days(row.mean_days), days(row.median_days),
                ],
              }
            })}
          />
        )
      })}
    </Stack>
  )
}

type EndedProps = { title: string, /** what the rows are */ of: string, currency: string, deals: OpenDeals, rows: (EndedDeals & { key: string, name: string, asked: Record<string, string> })[] }

export function Ended({ title, of, currency, deals, rows }: EndedProps) {
  const { t } = useTranslation('sales')
  const format = useFormat()
  if (rows.length === 0) return null
  return (
    <Figures
      title={title} heads={[of, t('won'), t('won_value'), t('lost'), t('win_rate'), t('days')]}
      rows={rows.map((row) => {
        const [won, lost] = [deals({ ...row.asked, state: 'won' }), deals({ ...row.asked, state: 'lost' })]
        return {
          key: row.key, cells: [
            row.name, <Behind to={won}>{format.number(row.won)}</Behind>, <Behind to={won}>{format.money(row.won_value, currency)}</Behind>, <Behind to={lost}>{format.number(row.lost)}</Behind>,
            row.win_rate === null ? '–' : format.percent(row.win_rate), row.mean_days_to_win === null ? '–' : format.number(Math.round(row.mean_days_to_win * 10) / 10),
          ],
        }
      })}
    />
  )
}

export function Reasons({ report, deals }: Of) {
  const { t } = useTranslation('sales')
  const format = useFormat()
  if (report.reasons.length === 0) return null
  return (
    <Figures
      title={t('by_reason')} heads={[t('reason'), t('lost'), t('lost_value')]}
      rows={report.reasons.map((row) => {
        const to = deals({ closed_from: report.from, closed_to: report.to, state: 'lost', lost_reason: row.reason ?? '-' })
        return {
          key: row.reason ?? '', cells: [
            row.reason ?? <Text span inherit c="dimmed">{t('no_reason')}</Text>,
            <Behind to={to}>{format.number(row.lost)}</Behind>, <Behind to={to}>{format.money(row.lost_value, report.currency)}</Behind>,
          ],
        }
      })}
    />
  )
}

function Behind({ to, children }: { to: string, children: ReactNode }) {
  return <Anchor component={Link} inherit to={to}>{children}</Anchor>
}
