import { Button, Checkbox, Group, NumberInput, SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { PlacementMailbox, PlacementTestDetail } from '../../shared/placement.ts'
import { api, type Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'

type Named = { id: number, name: string }
type Sender = Named & { is_enabled: boolean }

export function StartPlacement({ mailboxes }: { mailboxes: PlacementMailbox[] }) {
  const { t } = useTranslation('placement')
  const navigate = useNavigate()
  const administers = useMay('administer')
  const form = useForm({ initialValues: { what: 'template' as 'template' | 'campaign', template_id: null as string | null, campaign_id: null as string | null, sender_id: null as string | null, mailbox_ids: mailboxes.map(mailbox => String(mailbox.id)), wait_minutes: 15 as number | string, deletes: true } })
  const { values } = form
  const list = <Row extends Named>(path: string, enabled: boolean) => ({ queryKey: ['list', path, 'placement'], enabled, queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Page<Row>>(path, { signal }) })
  const templates = useQuery(list('/templates?limit=200', true))
  const campaigns = useQuery(list('/campaigns?limit=100', values.what === 'campaign'))
  const senders = useQuery(list<Sender>('/senders', administers))
  const start = useMutation({
    mutationFn: () => api.post<PlacementTestDetail>('/placement-tests', {
      ...values.what === 'template' ? { template_id: values.template_id === null ? undefined : Number(values.template_id) } : { campaign_id: values.campaign_id === null ? undefined : Number(values.campaign_id) },
      sender_id: values.sender_id === null ? null : Number(values.sender_id), mailbox_ids: values.mailbox_ids.map(Number), wait_minutes: Number(values.wait_minutes), deletes: values.deletes,
    }),
    onSuccess: test => navigate(`/deliverability/placement/${test.id}`),
    onError: error => form.setErrors(errorsByField(error)),
  })
  const choices = (found: Named[] | undefined) => (found ?? []).map(each => ({ value: String(each.id), label: each.name }))
  const usable = senders.data?.data.filter(sender => sender.is_enabled)
  return (
    <form onSubmit={form.onSubmit(() => start.mutate())}>
      <Stack gap="sm">
        <Text size="sm">{t('start_text')}</Text>
        <SegmentedControl aria-label={t('what')} {...form.getInputProps('what')} data={[{ value: 'template', label: t('a_template') }, { value: 'campaign', label: t('a_campaign') }]} />
        {values.what === 'template'
          ? <Select label={t('template')} searchable required data={choices(templates.data?.data)} {...form.getInputProps('template_id')} />
          : <Select label={t('campaign')} searchable required data={choices(campaigns.data?.data)} {...form.getInputProps('campaign_id')} />}
        {(usable?.length ?? 0) > 0 && <Select label={t('sender')} clearable placeholder={t('usual_sender')} data={choices(usable)} {...form.getInputProps('sender_id')} />}
        <Checkbox.Group label={t('to')} {...form.getInputProps('mailbox_ids')}>
          <Stack gap={6} mt={4}>{mailboxes.map(mailbox => <Checkbox key={mailbox.id} value={String(mailbox.id)} label={`${mailbox.name} · ${mailbox.address}`} />)}</Stack>
        </Checkbox.Group>
        <NumberInput label={t('wait')} description={t('wait_text')} min={1} max={120} clampBehavior="none" allowDecimal={false} {...form.getInputProps('wait_minutes')} />
        <Checkbox label={t('deletes')} {...form.getInputProps('deletes', { type: 'checkbox' })} />
        <ErrorNotice error={start.error} shownFields={Object.keys(values)} />
        <Group justify="flex-end"><Button type="submit" loading={start.isPending} disabled={values.mailbox_ids.length === 0}>{t('send')}</Button></Group>
      </Stack>
    </form>
  )
}
