import { useState } from 'react'
import { Anchor, Button, Checkbox, Group, Paper, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { AcceptBody, Acceptance, AcceptedNow, InboundMailDetail } from '../../shared/inbound.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'

/** Of a report that nothing of ours proves: whom it may be accepted for, and what people made of it so far. */
export function AcceptReport({ mail }: { mail: InboundMailDetail }) {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const may = useMay('marketing')
  const isReport = mail.kind === 'bounce' || mail.kind === 'complaint'
  const found = useQuery({ queryKey: ['acceptance', mail.id], queryFn: ({ signal }) => api.get<Acceptance>(`/inbound-mails/${mail.id}/acceptance`, { signal }), enabled: isReport })
  const refresh = () => Promise.all([['acceptance'], ['inbound-mail'], ['inbound-counts'], ['list']].map(queryKey => client.invalidateQueries({ queryKey })))
  const accept = useMutation({
    mutationFn: (body: AcceptBody) => api.post<AcceptedNow>(`/inbound-mails/${mail.id}/acceptance`, body),
    onSuccess: ({ people }) => { notifyDone(t('accept.done', { count: people })); return refresh() }, onError: notifyError,
  })
  const takeBack = useMutation({
    mutationFn: () => api.delete<AcceptedNow>(`/inbound-mails/${mail.id}/acceptance`),
    onSuccess: ({ people }) => { notifyDone(t('accept.taken_back_done', { count: people })); return refresh() }, onError: notifyError,
  })
  if (!found.isSuccess) return null
  const { recipients, accepted } = found.data
  if (recipients.length === 0 && accepted.length === 0) return null
  const standing = accepted.find(each => each.undone_at === null)
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        {recipients.length > 0 && <Recipients key={mail.id} found={found.data} sender={mail.from.email} may={may} busy={accept.isPending} onAccept={body => accept.mutate(body)} />}
        {accepted.length > 0 && <Log accepted={accepted} />}
        {standing !== undefined && may && (
          <Group gap="sm">
            <Button size="xs" variant="default" loading={takeBack.isPending} onClick={() => takeBack.mutate()}>{t('accept.take_back')}</Button>
            {standing.together > 1 && <Text size="sm" c="dimmed">{t('accept.together', { count: standing.together })}</Text>}
          </Group>
        )}
      </Stack>
    </Paper>
  )
}

function Recipients({ found, sender, may, busy, onAccept }: { found: Acceptance, sender: string, may: boolean, busy: boolean, onAccept: (body: AcceptBody) => void }) {
  const { t } = useTranslation('inbound')
  const [left, setLeft] = useState<string[]>([])
  const [alike, setAlike] = useState(false)
  const known = found.recipients.filter(each => each.contact !== null)
  const chosen = known.map(each => each.email).filter(email => !left.includes(email))
  return (
    <>
      <div>
        <Text fw={600}>{t('accept.title')}</Text>
        <Text size="sm" c="dimmed">{t(known.length === 0 ? 'accept.nobody_known' : may ? 'accept.text' : 'accept.text_reader')}</Text>
      </div>
      {known.length > 0 && found.recipients.slice(0, 50).map(each => (
        <Checkbox
          key={each.email} disabled={each.contact === null || !may} checked={chosen.includes(each.email)}
          onChange={event => setLeft(event.currentTarget.checked ? left.filter(email => email !== each.email) : [...left, each.email])}
          label={each.contact === null || each.contact.name === each.email ? each.email : `${each.contact.name}, ${each.email}`}
          description={t(each.contact === null ? 'accept.nobody' : `accept.follows.${each.outcome}`)} styles={{ label: { overflowWrap: 'anywhere' } }}
        />
      ))}
      {found.recipients.length > 50 && <Text size="sm" c="dimmed">{t('accept.more', { count: found.recipients.length - 50 })}</Text>}
      {may && known.length > 0 && found.alike > 0 && <Checkbox checked={alike} onChange={event => setAlike(event.currentTarget.checked)} label={t('accept.alike', { count: found.alike, sender: sender || t('columns.nobody') })} />}
      {may && known.length > 0 && <Button size="xs" w="fit-content" disabled={chosen.length === 0} loading={busy} onClick={() => onAccept({ recipients: chosen, alike })}>{t('accept.button')}</Button>}
    </>
  )
}

function Log({ accepted }: { accepted: Acceptance['accepted'] }) {
  const { t } = useTranslation('inbound')
  const format = useFormat()
  return (
    <Stack gap={4}>
      {accepted.map((each, index) => (
        <Text size="sm" key={`${each.email} ${each.accepted_at} ${index}`} style={{ overflowWrap: 'anywhere' }}>
          {t('accept.log', { who: each.accepted_by ?? t('accept.by_program'), time: format.dayAndTime(each.accepted_at), outcome: t(`outcomes.${each.outcome}`) })}{' '}
          <Anchor component={Link} to={`/contacts/${each.contact.id}`} size="sm">{each.email}</Anchor>
          {each.undone_at !== null && <Text span size="sm" c="dimmed"> · {t('accept.log_undone', { who: each.undone_by ?? t('accept.by_program'), time: format.dayAndTime(each.undone_at) })}</Text>}
        </Text>
      ))}
    </Stack>
  )
}
