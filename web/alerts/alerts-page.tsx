import { useState } from 'react'
import { Alert, Anchor, Button, Checkbox, Group, MultiSelect, Paper, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { alertKind, alertWay } from '../../shared/alerts.ts'
import type { AlertKind, AlertRule, AlertSettings, AlertSettingsView } from '../../shared/alerts.ts'
import { api } from '../app/api.ts'
import { errorsByField } from '../ui/error-words.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { AlertsHistory } from './alerts-history.tsx'

const settingsKey = ['alert-settings']

/** Who is told of what goes wrong with sending, by which ways, and what was told. */
export function Page() {
  const { t } = useTranslation('alerts')
  const query = useQuery({ queryKey: settingsKey, queryFn: () => api.get<AlertSettingsView>('/alerts/settings') })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      {query.isPending && <Skeleton height={320} radius="lg" />}
      {query.isError && <ErrorNotice error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <Stack gap="lg">
          <Rules view={query.data} />
          <AlertsHistory />
        </Stack>
      )}
    </>
  )
}

function Rules({ view }: { view: AlertSettingsView }) {
  const { t } = useTranslation('alerts')
  const client = useQueryClient()
  const [kinds, setKinds] = useState<Partial<AlertSettings['kinds']>>({})
  const [url, setUrl] = useState<string | null>(null)
  const rules = { ...view.kinds, ...kinds }
  const address = url ?? view.webhook_url
  const save = useMutation({
    mutationFn: () => api.patch<AlertSettingsView>('/alerts/settings', { kinds, ...(url === null ? {} : { webhook_url: url.trim() }) }),
    onSuccess: (saved) => {
      client.setQueryData(settingsKey, saved)
      setKinds({})
      setUrl(null)
      notifyDone(t('app:saved'))
    },
  })
  const test = useMutation({
    mutationFn: (kind: AlertKind) => api.post('/alerts/test', { kind }), onError: notifyError,
    onSuccess: async () => {
      notifyDone(t('test_sent'))
      await client.invalidateQueries({ queryKey: ['list'] })
    },
  })
  const change = (kind: AlertKind, rule: Partial<AlertRule>) => setKinds({ ...kinds, [kind]: { ...rules[kind], ...rule } })
  const changed = Object.keys(kinds).length > 0 || url !== null
  const stopped = view.people.filter(person => person.is_suppressed && alertKind.options.some(kind => rules[kind].mail && hears(rules[kind], person)))
  return (
    <Paper p="md">
      <Stack gap="md">
        {stopped.map(person => <Alert key={person.id} color="amber" variant="light">{t('stopped', { name: person.name, email: person.email })} <Anchor component={Link} to="/settings/suppressions" inherit>{t('to_stop_list')}</Anchor></Alert>)}
        <Stack gap={0}>
          {alertKind.options.map((kind, index) => {
            const title = t(`kinds.${kind}.title`)
            return (
              <Group key={kind} py="sm" gap="sm" style={index === 0 ? {} : { borderTop: '1px solid var(--mantine-color-default-border)' }}>
                <Stack gap={0} flex="1 1 200px" miw={0}><Text size="sm" fw={500}>{title}</Text><Text size="xs" c="dimmed">{t(`kinds.${kind}.text`)}</Text></Stack>
                <ChoosePeople label={t('whom_of', { kind: title })} rule={rules[kind]} view={view} onChange={people => change(kind, { people })} />
                <Group gap="sm" wrap="nowrap">
                  {alertWay.options.map(way => <Checkbox key={way} size="xs" label={t(`ways.${way}`)} checked={rules[kind][way] && (way !== 'webhook' || address !== '')} disabled={way === 'webhook' && address === ''} aria-label={`${title}: ${t(`ways.${way}`)}`} onChange={event => change(kind, { [way]: event.currentTarget.checked })} />)}
                </Group>
                <Button variant="subtle" size="compact-sm" disabled={changed} loading={test.isPending && test.variables === kind} onClick={() => test.mutate(kind)} aria-label={t('test_of', { kind: title })}>{t('test')}</Button>
              </Group>
            )
          })}
        </Stack>
        <TextInput label={t('webhook_url')} description={<>{t('webhook_text')} <Anchor component={Link} to="/settings/webhooks" inherit underline="always">{t('to_webhooks')}</Anchor></>} placeholder="https://" maxLength={2000} error={errorsByField(save.error)['webhook_url']} value={address} onChange={event => setUrl(event.currentTarget.value)} maw={640} />
        <Text size="sm" c="dimmed">{t('how_often')}</Text>
        <ErrorNotice error={save.error} shownFields={['webhook_url']} />
        <Group justify="flex-end" gap="sm">
          {changed && <Text size="sm" c="dimmed">{t('save_first')}</Text>}
          <Button disabled={!changed} loading={save.isPending} onClick={() => save.mutate()}>{t('app:save')}</Button>
        </Group>
      </Stack>
    </Paper>
  )
}

const hears = (rule: AlertRule, person: AlertSettingsView['people'][number]): boolean => rule.people === 'administrators' ? person.is_administrator : rule.people.includes(person.id)

/** All administrators, whoever they are by then, or members of staff by name. */
function ChoosePeople({ label, rule, view, onChange }: { label: string, rule: AlertRule, view: AlertSettingsView, onChange: (people: AlertRule['people']) => void }) {
  const { t } = useTranslation('alerts')
  const all = 'administrators'
  return (
    <MultiSelect
      aria-label={label} size="xs" w={{ base: '100%', sm: 170 }} placeholder={rule.people.length === 0 ? t('nobody') : ''}
      data={[{ value: all, label: t('administrators') }, ...view.people.map(person => ({ value: String(person.id), label: person.name }))]}
      value={rule.people === all ? [all] : rule.people.map(String)}
      onChange={(chosen) => {
        const added = chosen.at(-1)
        onChange(added === all ? all : chosen.filter(each => each !== all).map(Number))
      }}
    />
  )
}
