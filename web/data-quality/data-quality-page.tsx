import { useState } from 'react'
import { Anchor, Button, Group, Menu, Paper, Progress, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { missingField, qualityLevel, type QualityFinding, type QualityReport } from '../../shared/data-quality.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { BulkDialog, type ShownAct } from '../bulk/bulk-dialog.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

const reportKey = ['data-quality']
type Finding = QualityReport['findings'][number]

/** What is missing, invalid or doubtful on cards, who made them, and what can be done about it. */
export function Page() {
  const { t } = useTranslation('data_quality')
  const may = useMay('marketing')
  const client = useQueryClient()
  const report = useQuery({ queryKey: reportKey, queryFn: () => api.get<QualityReport>('/data-quality') })
  const count = useMutation({ mutationFn: () => api.post<QualityReport>('/data-quality/count'), onSuccess: found => client.setQueryData(reportKey, found), onError: notifyError })
  useLive(['quality'], () => void report.refetch())
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && <Button variant="default" disabled={report.data?.counting != null} loading={count.isPending} onClick={() => count.mutate()}>{t('count_anew')}</Button>} />
      {report.isPending && <Skeleton height={420} radius="lg" />}
      <ErrorNotice error={report.error} retry={() => void report.refetch()} />
      {report.data && <Report report={report.data} />}
    </>
  )
}

function Report({ report }: { report: QualityReport }) {
  const { t } = useTranslation('data_quality')
  const clean = report.findings.filter(finding => finding.people === 0)
  return (
    <Stack gap="md">
      {report.counting !== null && (
        <Stack gap={4}>
          <Text size="sm">{report.as_of === null ? t('first_count') : t('counting')}</Text>
          <Progress value={report.counting * 100} animated aria-label={t('counting')} />
        </Stack>
      )}
      {report.as_of !== null && qualityLevel.options.map(level => {
        const shown = report.findings.filter(finding => finding.level === level && finding.people > 0).toSorted((one, other) => other.people - one.people)
        return shown.length === 0 ? null : (
          <Paper key={level} p="md">
            <Title order={2} size="h4">{t(`levels.${level}.title`)}</Title>
            <Text size="sm" c="dimmed" mb={4}>{t(`levels.${level}.text`)}</Text>
            {shown.map(finding => <FindingRow key={finding.finding} finding={finding} contacts={report.contacts} />)}
          </Paper>
        )
      })}
      {report.as_of !== null && report.contacts === 0 && <Text c="dimmed">{t('no_cards')}</Text>}
      {report.as_of !== null && report.contacts > 0 && clean.length > 0 && <Text size="sm" c="dimmed">{t('clean', { findings: clean.map(({ finding }) => t(`findings.${finding}.title`)).join(', ') })}</Text>}
      {report.as_of !== null && <Text size="xs" c="dimmed">{t('as_of')} <TimeAgo time={report.as_of} /></Text>}
    </Stack>
  )
}

function FindingRow({ finding: { finding, people, week_ago, made_by }, contacts }: { finding: Finding, contacts: number }) {
  const { t, i18n } = useTranslation('data_quality')
  const format = useFormat()
  const [shown, setShown] = useState(false)
  const title = t(`findings.${finding}.title`)
  const trend = week_ago === null || week_ago === people ? '' : people > week_ago ? t('more', { count: people - week_ago, number: format.number(people - week_ago) }) : t('fewer', { count: week_ago - people, number: format.number(week_ago - people) })
  return (
    <Group py="sm" gap="md" align="flex-start" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
      <Stack gap={2} flex="1 1 300px" miw={0}>
        <Text fw={500}>{title}</Text>
        {i18n.exists(`data_quality:findings.${finding}.text`) && <Text size="sm" c="dimmed">{t(`findings.${finding}.text`)}</Text>}
        {made_by.length > 0 && <Text size="xs" c="dimmed">{t('made_by', { who: made_by.map(({ by, people: made }) => `${t(`by.${by}`, { defaultValue: by })} ${format.number(made)}`).join(', ') })}</Text>}
      </Stack>
      <Group flex="0 1 380px" gap="md" justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={0} w={{ sm: 150 }}>
          <Anchor component="button" type="button" fw={600} fz="lg" ta={{ base: 'left', sm: 'right' }} onClick={() => setShown(true)} aria-label={t('show_people', { title, number: format.number(people) })}>{format.number(people)}</Anchor>
          <Text size="xs" c="dimmed" ta={{ base: 'left', sm: 'right' }}>{t('of_cards', { share: format.percent(contacts === 0 ? 0 : Math.min(1, people / contacts), 1) })}</Text>
          {trend !== '' && <Text size="xs" c="dimmed" ta={{ base: 'left', sm: 'right' }}>{trend}</Text>}
        </Stack>
        <Remedy finding={finding} title={title} />
      </Group>
      <PeopleDrawer title={title} path={`/data-quality/${finding}/people`} opened={shown} onClose={() => setShown(false)} />
    </Group>
  )
}

/** Where a page of its own puts the fault right. */
const pageOf: Partial<Record<QualityFinding, string>> = { no_mail: '/deliverability/hygiene', email_typo: '/deliverability/hygiene', email_disposable: '/deliverability/hygiene', duplicate: '/duplicates' }

/** The list filtered by what is missing, the page that puts it right, or an action on all of these people. */
function Remedy({ finding, title }: { finding: QualityFinding, title: string }) {
  const { t } = useTranslation('data_quality')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [act, setAct] = useState<{ act: ShownAct, ids: number[] } | null>(null)
  const choose = useMutation({
    mutationFn: async (chosen: ShownAct) => ({ act: chosen, ids: (await api.get<{ contact_ids: number[] }>(`/data-quality/${finding}/ids`)).contact_ids }),
    onSuccess: setAct, onError: notifyError,
  })
  const field = missingField[finding]
  const to = field !== undefined ? `/contacts?filter=${encodeURIComponent(JSON.stringify([{ field, operator: 'unknown' }]))}` : pageOf[finding]
  if (to !== undefined) return <Button component={Link} to={to} variant="light">{field === undefined ? t('set_right') : t('show_list')}</Button>
  if (!may) return null
  return (
    <Group gap={4} wrap="nowrap">
      <Button variant="light" loading={choose.isPending} onClick={() => choose.mutate(finding === 'name_case' ? 'tidy_names' : 'tag')}>{finding === 'name_case' ? t('set_right') : t('bulk:acts.tag')}</Button>
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" px={8} aria-label={t('more_acts', { title })}><IconDots size={17} /></Button></Menu.Target>
        <Menu.Dropdown>
          {finding === 'name_case' && <Menu.Item onClick={() => choose.mutate('tag')}>{t('bulk:acts.tag')}</Menu.Item>}
          <Menu.Item onClick={() => choose.mutate('segment')}>{t('bulk:acts.segment')}</Menu.Item>
          <Menu.Item color="red" onClick={() => choose.mutate('delete')}>{t('bulk:acts.delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {act !== null && act.ids.length > 0 && <BulkDialog act={act.act} whom={{ contact_ids: act.ids }} onClose={() => setAct(null)} onDone={() => { setAct(null); void client.invalidateQueries({ queryKey: reportKey }) }} />}
    </Group>
  )
}
