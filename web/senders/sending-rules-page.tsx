import { useEffect } from 'react'
import { ActionIcon, Badge, Button, Group, NumberInput, Paper, Select, SimpleGrid, Skeleton, Stack, Switch, Table, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ProviderState, SendingRules, SendingRulesView } from '../../shared/sending-rules.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useFormat } from '../ui/format.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'

const rulesKey = ['sending-rules']

/** When marketing mails may leave. What is too much or too late waits; nothing is dropped. */
export function Page() {
  const { t } = useTranslation('sending_rules')
  const found = useQuery({ queryKey: rulesKey, queryFn: ({ signal }) => api.get<SendingRulesView>('/sending-rules', { signal }), refetchInterval: 10_000 })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      {found.isPending && <Skeleton height={420} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && <Rules rules={found.data} />}
    </>
  )
}

const rulesIn = ({ caps, quiet_hours, best_hour, providers, warm_up, guard }: SendingRulesView): SendingRules => ({ caps, quiet_hours, best_hour, providers, warm_up, guard })

function Rules({ rules }: { rules: SendingRulesView }) {
  const { t } = useTranslation('sending_rules')
  const format = useFormat()
  const client = useQueryClient()
  const form = useForm<SendingRules>({ initialValues: rulesIn(rules) })
  useEffect(() => {
    if (!form.isDirty()) form.initialize(rulesIn(rules))
    // Only what comes from the server counts here, not what is typed.
  }, [rules])
  const save = useMutation({
    mutationFn: () => api.patch<SendingRulesView>('/sending-rules', form.values),
    onSuccess: (saved) => {
      form.setInitialValues(rulesIn(saved))
      form.setValues(rulesIn(saved))
      form.resetDirty()
      client.setQueryData(rulesKey, saved)
      notifyDone(t('app:saved'))
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  const release = useMutation({ mutationFn: (provider: string) => api.post<SendingRulesView>(`/sending-rules/providers/${encodeURIComponent(provider)}/release`), onSuccess: saved => client.setQueryData(rulesKey, saved), onError: notifyError })
  const { values } = form
  const number = (path: string) => {
    const { value, onChange, ...rest } = form.getInputProps(path)
    return { ...rest, value: value ?? '', onChange: (typed: number | string) => onChange(typed === '' ? null : Number(typed)), allowDecimal: false, hideControls: true, min: 1 }
  }
  const hours = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: `${String(hour).padStart(2, '0')}:00` }))
  const state = (provider: string) => rules.states.find(each => each.provider === provider)
  const others = rules.states.filter(each => !values.providers.some(rule => rule.provider === each.provider) && (each.slow > 0 || each.held_until !== null || each.waiting > 0))
  return (
    <>
      <Stack gap="md">
        <Paper>
          <Stack gap="sm">
            <Section title={t('caps')} text={t('caps_text')} />
            {values.caps.map((cap, index) => (
              <Group key={index} gap="xs" align="flex-end" wrap="wrap">
                <Select aria-label={t('cap_kind')} w={210} allowDeselect={false} data={(['all', 'campaign', 'journey'] as const).map(value => ({ value, label: t(`cap_kinds.${value}`) }))} {...form.getInputProps(`caps.${index}.kind`)} />
                <NumberInput aria-label={t('cap_most')} w={80} {...number(`caps.${index}.most`)} />
                <Text size="sm" pb={8}>{t('cap_mails_in', { count: cap.most })}</Text>
                <NumberInput aria-label={t('cap_days')} w={80} {...number(`caps.${index}.days`)} />
                <Text size="sm" pb={8}>{t('cap_day', { count: cap.days })}</Text>
                <ActionIcon variant="subtle" color="gray" mb={4} aria-label={t('cap_remove')} onClick={() => form.removeListItem('caps', index)}><IconTrash size={17} /></ActionIcon>
              </Group>
            ))}
            {values.caps.length === 0 && <Text size="sm" c="dimmed">{t('no_caps')}</Text>}
            {values.caps.length < 6 && <Group><Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => form.insertListItem('caps', { kind: 'all', most: 3, days: 7 })}>{t('cap_add')}</Button></Group>}
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="sm">
            <Section title={t('quiet')} text={t('quiet_text')} />
            <Switch label={t('quiet_on')} checked={values.quiet_hours !== null} onChange={event => form.setFieldValue('quiet_hours', event.currentTarget.checked ? { from: '21:00', to: '09:00' } : null)} />
            {values.quiet_hours && (
              <Group gap="xs">
                <TextInput type="time" label={t('quiet_from')} {...form.getInputProps('quiet_hours.from')} />
                <TextInput type="time" label={t('quiet_to')} {...form.getInputProps('quiet_hours.to')} />
              </Group>
            )}
            {form.errors['quiet_hours'] && <Text size="sm" c="red">{form.errors['quiet_hours']}</Text>}
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="sm">
            <Section title={t('best')} text={t('best_text')} />
            <Switch label={t('best_on')} checked={values.best_hour !== null} onChange={event => form.setFieldValue('best_hour', event.currentTarget.checked ? { company_hour: 10 } : null)} />
            {values.best_hour && <Select label={t('best_company')} maw={320} clearable placeholder={t('best_at_once')} data={hours} value={values.best_hour.company_hour === null ? null : String(values.best_hour.company_hour)} onChange={hour => form.setFieldValue('best_hour', { company_hour: hour === null ? null : Number(hour) })} />}
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="sm">
            <Section title={t('providers')} text={t('providers_text')} />
            <Table.ScrollContainer minWidth={520}>
              <Table>
                <Table.Thead><Table.Tr><Table.Th>{t('provider')}</Table.Th><Table.Th>{t('per_minute')}</Table.Th><Table.Th>{t('at_once')}</Table.Th><Table.Th>{t('now')}</Table.Th><Table.Td /></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {values.providers.map((rule, index) => (
                    <Table.Tr key={index}>
                      <Table.Td><TextInput size="xs" aria-label={t('provider')} placeholder="gmail.com" {...form.getInputProps(`providers.${index}.provider`)} /></Table.Td>
                      <Table.Td w={110}><NumberInput size="xs" aria-label={t('per_minute')} placeholder={t('no_limit')} {...number(`providers.${index}.per_minute`)} /></Table.Td>
                      <Table.Td w={110}><NumberInput size="xs" aria-label={t('at_once')} placeholder={t('no_limit')} {...number(`providers.${index}.at_once`)} /></Table.Td>
                      <Table.Td><State state={state(rule.provider)} onRelease={release.mutate} /></Table.Td>
                      <Table.Td w={40}><ActionIcon variant="subtle" color="gray" aria-label={t('provider_remove', { provider: rule.provider })} onClick={() => form.removeListItem('providers', index)}><IconTrash size={16} /></ActionIcon></Table.Td>
                    </Table.Tr>
                  ))}
                  {others.map(other => (
                    <Table.Tr key={other.provider}>
                      <Table.Td><Text size="sm">{other.provider}</Text></Table.Td><Table.Td><Text size="sm" c="dimmed">{t('no_limit')}</Text></Table.Td><Table.Td><Text size="sm" c="dimmed">{t('no_limit')}</Text></Table.Td>
                      <Table.Td><State state={other} onRelease={release.mutate} /></Table.Td><Table.Td />
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Group><Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => form.insertListItem('providers', { provider: '', per_minute: 600, at_once: null })}>{t('provider_add')}</Button></Group>
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="sm">
            <Section title={t('warm_up')} text={t('warm_up_text')} />
            <Switch label={t('warm_up_on')} checked={values.warm_up !== null} onChange={event => form.setFieldValue('warm_up', event.currentTarget.checked ? { first_day: 200, growth_percent: 50, until: 50_000 } : null)} />
            {values.warm_up && (
              <SimpleGrid cols={{ base: 1, xs: 3 }}>
                <NumberInput label={t('first_day')} {...number('warm_up.first_day')} />
                <NumberInput label={t('growth')} suffix=" %" {...number('warm_up.growth_percent')} />
                <NumberInput label={t('until')} {...number('warm_up.until')} />
              </SimpleGrid>
            )}
            {rules.warm_up_state && <Text size="sm" c={rules.warm_up_state.held_back ? 'red' : undefined}>{rules.warm_up_state.done ? t('warm_up_done') : t('warm_up_today', { day: rules.warm_up_state.day, volume: format.number(rules.warm_up_state.volume) })} {rules.warm_up_state.held_back && t('warm_up_held_back')}</Text>}
          </Stack>
        </Paper>
        <Paper>
          <Stack gap="sm">
            <Section title={t('guard')} text={t('guard_text')} />
            <Switch label={t('guard_on')} checked={values.guard !== null} onChange={event => form.setFieldValue('guard', event.currentTarget.checked ? { at_least: 50, bounce_percent: 5, complaint_percent: 0.5 } : null)} />
            {values.guard && (
              <SimpleGrid cols={{ base: 1, xs: 3 }}>
                <NumberInput label={t('guard_at_least')} {...number('guard.at_least')} />
                <NumberInput label={t('guard_bounces')} suffix=" %" {...number('guard.bounce_percent')} allowDecimal min={0.1} />
                <NumberInput label={t('guard_complaints')} suffix=" %" {...number('guard.complaint_percent')} allowDecimal min={0.01} />
              </SimpleGrid>
            )}
          </Stack>
        </Paper>
        <ErrorNotice error={save.error} shownFields={Object.keys(form.errors)} />
      </Stack>
      <SaveBar dirty={form.isDirty()} saving={save.isPending} onSave={() => save.mutate()} onDiscard={() => { form.reset(); save.reset() }} />
    </>
  )
}

function Section({ title, text }: { title: string, text: string }) {
  return <div><Title order={2} size="h3">{title}</Title><Text size="sm" c="dimmed">{text}</Text></div>
}

function State({ state, onRelease }: { state: ProviderState | undefined, onRelease: (provider: string) => void }) {
  const { t } = useTranslation('sending_rules')
  const format = useFormat()
  if (!state) return <Text size="sm" c="dimmed">—</Text>
  const slowed = state.held_until !== null || state.slow > 0
  return (
    <Stack gap={2} align="flex-start">
      <Group gap={6}>
        {state.held_until !== null ? <Badge color="red" size="sm">{t('held')}</Badge> : state.slow > 0 && <Badge color="amber" size="sm">{t('slowed', { times: 2 ** state.slow })}</Badge>}
        <Text size="xs" c="dimmed">{t('sent_last_hour', { count: state.sent_last_hour })}{state.waiting > 0 && ` · ${t('waiting', { count: state.waiting })}`}</Text>
      </Group>
      {state.held_until !== null && <Text size="xs">{t(`held_reasons.${state.held_reason ?? 'busy'}`, { time: format.dayAndTime(state.held_until) })}</Text>}
      {slowed && state.held_detail && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{state.held_detail}</Text>}
      {slowed && <Button size="compact-xs" variant="subtle" onClick={() => onRelease(state.provider)}>{t('release')}</Button>}
    </Stack>
  )
}
