import { useState } from 'react'
import { Anchor, Badge, Group, Modal, SegmentedControl, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { InboundMailDetail } from '../../shared/inbound.ts'
import { api, apiUrl } from '../app/api.ts'
import { MailFrame } from '../templates/mail-frame.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { AcceptReport } from './accept-report.tsx'

type View = 'text' | 'mail' | 'headers'

/** A mail as it came. Nothing in it runs, and nothing is loaded from elsewhere. */
export function WholeMail({ id, onClose }: { id: number | null, onClose: () => void }) {
  const { t } = useTranslation('inbound')
  return (
    <Modal opened={id !== null} onClose={onClose} size="xl" title={<Text fw={600}>{t('mail.title')}</Text>}>
      {id !== null && <MailAsItCame id={id} />}
    </Modal>
  )
}

/** `onCard`: it stands on the card of whoever wrote it, under its time. */
export function MailAsItCame({ id, onCard = false }: { id: number, onCard?: boolean }) {
  const { t } = useTranslation('inbound')
  const format = useFormat()
  const [chosen, setView] = useState<View | null>(null)
  const found = useQuery({ queryKey: ['inbound-mail', id], queryFn: ({ signal }) => api.get<InboundMailDetail>(`/inbound-mails/${id}`, { signal }) })
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  if (!found.isSuccess) return <Stack><Skeleton h={24} w="60%" /><Skeleton h={240} /></Stack>
  const mail = found.data
  // On the card one wants to see what the person sees; text is what stays of a mail whose source is forgotten.
  const view = chosen ?? (onCard && mail.html !== null ? 'mail' : 'text')
  const views: View[] = ['text', ...(mail.html === null ? [] : ['mail' as const]), 'headers']
  return (
    <Stack gap="sm">
      <div>
        <Text fw={onCard ? 600 : 650} fz={onCard ? 'sm' : 18} style={{ overflowWrap: 'anywhere' }}>{mail.subject || t('no_subject')}</Text>
        <Text size={onCard ? 'xs' : 'sm'} c="dimmed" style={{ overflowWrap: 'anywhere' }}>{mail.from.name} {mail.from.email} · {format.dayAndTime(mail.received_at)}</Text>
      </div>
      <Group gap="xs">
        {mail.outcome !== null && <Badge color="gray">{t(`outcomes.${mail.outcome}`)}</Badge>}
        {!onCard && mail.contact_id !== null && <Anchor component={Link} to={`/contacts/${mail.contact_id}`} size="sm">{t('mail.open_card')}</Anchor>}
        {mail.whole && <Anchor href={apiUrl(`/inbound-mails/${id}/raw`)} download={`mail-${id}.eml`} size="sm">{t('mail.download')}</Anchor>}
      </Group>
      {mail.detail !== '' && mail.detail !== mail.subject && <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{mail.detail}</Text>}
      {mail.error !== null && <Text size="sm" c="red">{mail.error}</Text>}
      <AcceptReport mail={mail} />
      {!mail.whole && <Text size="sm" c="dimmed">{t('mail.forgotten')}</Text>}
      {mail.cut && <Text size="sm" c="dimmed">{t('mail.cut')}</Text>}
      {mail.whole && <SegmentedControl size="xs" w="fit-content" aria-label={t('mail.view')} value={view} onChange={value => setView(value as View)} data={views.map(value => ({ value, label: t(`mail.views.${value}`) }))} />}
      {view === 'text' && <Text component="pre" size="sm" m={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontFamily: 'inherit' }}>{mail.plain ?? mail.text}</Text>}
      {view === 'mail' && mail.html !== null && <MailFrame html={mail.html} title={mail.subject || t('no_subject')} links remote={false} framed={onCard} height={onCard ? 240 : 480} />}
      {view === 'headers' && <Table fz="xs"><Table.Tbody>{mail.headers.map((header, index) => <Table.Tr key={`${index} ${header.name}`}><Table.Td valign="top" style={{ whiteSpace: 'nowrap' }}>{header.name}</Table.Td><Table.Td style={{ overflowWrap: 'anywhere' }}>{header.value}</Table.Td></Table.Tr>)}</Table.Tbody></Table>}
      {mail.attachments.length > 0 && <Text size="sm" c="dimmed">{t('mail.attachments', { list: mail.attachments.map(file => file.name || file.type).join(', ') })}</Text>}
    </Stack>
  )
}
