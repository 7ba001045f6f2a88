import { useState } from 'react'
import { Anchor, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { MessageContent as Content } from '../../shared/messages.ts'
import { api } from '../app/api.ts'
import { MailFrame } from '../templates/mail-frame.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'

const left = new Set<Content['state']>(['sent', 'sending', 'bounced', 'unknown'])
const loadsFromElsewhere = /(?:src|srcset|background)\s*=\s*["']?\s*(?:https?:)?\/\/|url\(\s*["']?\s*(?:https?:)?\/\//i

/** One of our mails as the person has it: what it says, how true that is, and what they opened and clicked. Pictures from elsewhere are loaded when asked for. */
export function MessageContent({ contactId, messageId }: { contactId: number, messageId: number }) {
  const { t } = useTranslation('messages')
  const format = useFormat()
  const [remote, setRemote] = useState(false)
  const found = useQuery({ queryKey: ['message-content', contactId, messageId], queryFn: ({ signal }) => api.get<Content>(`/contacts/${contactId}/messages/${messageId}`, { signal }) })
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  if (!found.isSuccess) return <Stack gap="xs"><Skeleton h={20} w="60%" /><Skeleton h={240} /></Stack>
  const mail = found.data
  const truth = mail.filled_in === 'then' ? null : left.has(mail.state) ? t('content.filled_in_now') : t('content.not_left')
  return (
    <Stack gap={6} component="section" aria-label={t('content.of', { mail: mail.subject || mail.mail.name })}>
      {mail.subject !== '' && <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>{mail.subject}</Text>}
      {mail.to_email !== null && <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{t('content.to', { email: mail.to_email })} · {format.dayAndTime(mail.sent_at ?? mail.queued_at)}</Text>}
      <Reactions reactions={mail.reactions} />
      {truth !== null && <Text size="xs" c="dimmed">{truth}</Text>}
      {mail.error !== null
        ? <Text size="sm" c="red">{t('content.failed', { words: serverWords(mail.error) })}</Text>
        : (
          <>
            {!remote && loadsFromElsewhere.test(mail.html) && (
              <Group gap="xs"><Text size="xs" c="dimmed">{t('content.pictures_hidden')}</Text><Anchor component="button" type="button" size="xs" onClick={() => setRemote(true)}>{t('content.show_pictures')}</Anchor></Group>
            )}
            <MailFrame html={mail.html} title={mail.subject || mail.mail.name} remote={remote} framed height={400} />
          </>
        )}
    </Stack>
  )
}

function Reactions({ reactions }: { reactions: Content['reactions'] }) {
  const { t } = useTranslation('messages')
  const format = useFormat()
  return (
    <Stack gap={2}>
      {reactions.map(each => (
        <Text key={`${each.act} ${each.url} ${each.is_machine}`} size="xs" c={each.is_machine ? 'dimmed' : undefined} style={{ overflowWrap: 'anywhere' }}>
          {t(`content.${each.act}_${each.is_machine ? 'machine' : 'person'}_${each.count === 1 ? 'once' : 'often'}`, { count: each.count, time: format.dayAndTime(each.last_at), url: each.url ?? '' })}
        </Text>
      ))}
    </Stack>
  )
}
