import { useState } from 'react'
import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactMessage } from '../../shared/messages.ts'
import { Panel } from '../contacts/panel.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { MailStateBadge } from './state-badge.tsx'
import { useWhyWords } from './why-words.ts'

const few = 4

/** The mails of a person, the latest first: what became of each, and why. */
export function MailsPanel({ contactId }: { contactId: number }) {
  const { t } = useTranslation('messages')
  const [all, setAll] = useState(false)
  const list = useList<ContactMessage>(`/contacts/${contactId}/messages`)
  const shown = all ? list.rows : list.rows.slice(0, few)
  return (
    <Panel title={t('panel')}>
      {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && <Text size="sm" c="dimmed">{t('panel_empty')}</Text>}
      <Stack gap="sm">
        {shown.map(mail => <Mail key={mail.message_id} mail={mail} />)}
      </Stack>
      {!all && list.rows.length > few && <Button mt="xs" size="compact-sm" variant="subtle" onClick={() => setAll(true)}>{t('panel_all')}</Button>}
      {all && <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />}
    </Panel>
  )
}

function Mail({ mail }: { mail: ContactMessage }) {
  const { t } = useTranslation('messages')
  const format = useFormat()
  const { sentence, words } = useWhyWords()(mail.why)
  const when = mail.sent_at ?? mail.queued_at
  return (
    <Stack gap={2}>
      <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
        <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{mail.mail.name}</Text>
        <MailStateBadge state={mail.state} size="sm" />
      </Group>
      {sentence !== null && <Text size="sm">{sentence}</Text>}
      {words !== null && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{words}</Text>}
      <Text size="xs" c="dimmed">
        {mail.campaign && <><Anchor component={Link} to={`/campaigns/${mail.campaign.id}`} inherit>{mail.campaign.name}</Anchor> · </>}
        {mail.journey && <><Anchor component={Link} to={`/journeys/${mail.journey.id}`} inherit>{mail.journey.name}</Anchor> · </>}
        {format.dayAndTime(when)}
        {mail.opened_at !== null && ` · ${t('opened')}`}{mail.clicked_at !== null && ` · ${t('clicked')}`}
      </Text>
    </Stack>
  )
}
