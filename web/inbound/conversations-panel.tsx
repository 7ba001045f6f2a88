import { useRef, useState } from 'react'
import { Anchor, Badge, Box, Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Conversation, Letter } from '../../shared/inbound.ts'
import { api, type Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { SnippetMenu } from '../templates/snippet-menu.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { WholeMail } from './whole-mail.tsx'

/** What a contact and the company wrote to each other; nothing as long as nobody wrote. */
export function ConversationsPanel({ contactId }: { contactId: number }) {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const may = useMay('contacts')
  const key = ['conversations', contactId]
  const found = useQuery({ queryKey: key, enabled: may, queryFn: ({ signal }) => api.get<Page<Conversation>>(`/contacts/${contactId}/conversations`, { signal }) })
  useLive([`contact:${contactId}`, 'conversations'], () => void client.invalidateQueries({ queryKey: key }))
  const [whole, setWhole] = useState<number | null>(null)
  if (!may || (found.isSuccess && found.data.data.length === 0) || found.isPending) return null
  return (
    <Panel title={t('conversations.title')}>
      <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      <Stack gap="lg">
        {found.data?.data.map(conversation => <Thread key={conversation.id} contactId={contactId} conversation={conversation} onWhole={setWhole} onSent={() => void client.invalidateQueries({ queryKey: key })} />)}
      </Stack>
      <WholeMail id={whole} onClose={() => setWhole(null)} />
    </Panel>
  )
}

function Thread({ contactId, conversation, onWhole, onSent }: { contactId: number, conversation: Conversation, onWhole: (id: number) => void, onSent: () => void }) {
  const { t } = useTranslation('inbound')
  const [all, setAll] = useState(false)
  const shown = all ? conversation.letters : conversation.letters.slice(-3)
  const hidden = conversation.letters.length - shown.length
  return (
    <Stack gap="xs" component="section" aria-label={conversation.subject || t('no_subject')}>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>{conversation.subject || t('no_subject')}</Text>
      {hidden > 0 && <Anchor component="button" size="xs" w="fit-content" onClick={() => setAll(true)}>{t('conversations.earlier', { count: hidden })}</Anchor>}
      {shown.map(letter => <LetterBox key={letter.id} letter={letter} onWhole={onWhole} />)}
      <Compose contactId={contactId} conversation={conversation} onSent={onSent} />
    </Stack>
  )
}

function LetterBox({ letter, onWhole }: { letter: Letter, onWhole: (id: number) => void }) {
  const { t } = useTranslation('inbound')
  const ours = letter.direction === 'out'
  const id = letter.inbound_mail_id
  return (
    <Box p="xs" ml={ours ? 'lg' : 0} mr={ours ? 0 : 'lg'} bg={ours ? 'var(--mantine-color-pine-light)' : 'var(--mantine-color-default-hover)'} style={{ borderRadius: 8 }}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs" c="dimmed" truncate>{ours ? letter.author?.name ?? letter.from.name : letter.from.name || letter.from.email}</Text>
        <Text size="xs" c="dimmed" style={{ flex: 'none' }}><TimeAgo time={letter.occurred_at} /></Text>
      </Group>
      <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{letter.text || t('conversations.no_text')}</Text>
      {!ours && id !== null && <Anchor component="button" size="xs" onClick={() => onWhole(id)}>{t('conversations.whole')}</Anchor>}
      {ours && letter.state !== null && letter.state !== 'sent' && <Badge size="xs" color={letter.state === 'queued' || letter.state === 'sending' ? 'gray' : 'red'}>{t(`conversations.states.${letter.state}`)}</Badge>}
    </Box>
  )
}

function Compose({ contactId, conversation, onSent }: { contactId: number, conversation: Conversation, onSent: () => void }) {
  const { t } = useTranslation('inbound')
  const [text, setText] = useState('')
  const [quote, setQuote] = useState(true)
  const [choosing, setChoosing] = useState(false)
  const [sought, setSought] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)
  const last = conversation.letters.findLast(letter => letter.direction === 'in')
  const insert = (snippet: string) => {
    const [from, to] = [area.current?.selectionStart ?? text.length, area.current?.selectionEnd ?? text.length]
    setText(text.slice(0, from) + snippet + text.slice(to))
    area.current?.focus()
  }
  const send = useMutation({
    mutationFn: () => api.post(`/contacts/${contactId}/conversations/${conversation.id}/letters`, { text, quote, key: `${conversation.letters.at(-1)?.id}:${text.length}:${text.slice(0, 60)}` }),
    onSuccess: () => {
      setText('')
      onSent()
    },
  })
  if (last === undefined) return null
  return (
    <form onSubmit={(event) => { event.preventDefault(); send.mutate() }}>
      <Stack gap={6}>
        <Group gap={4} align="flex-start" wrap="nowrap">
          <Textarea
            ref={area} flex={1} autosize minRows={2} maxRows={14} aria-label={t('conversations.answer_label', { email: last.from.email })} placeholder={t('conversations.answer_label', { email: last.from.email })} value={text}
            onChange={(event) => {
              const { value } = event.currentTarget
              if (!choosing) return setText(value)
              // Who types on at once means the name, though the menu has not got the keys yet.
              const caret = event.currentTarget.selectionStart
              const from = caret - (value.length - text.length)
              setSought(typed => typed + value.slice(from, caret))
              event.currentTarget.value = text
              event.currentTarget.setSelectionRange(from, from)
            }}
            onKeyDown={(event) => {
              const before = text.slice(0, event.currentTarget.selectionStart)
              if (event.key !== '/' || before !== '' && !before.endsWith('\n')) return
              event.preventDefault()
              setChoosing(true)
            }}
          />
          <SnippetMenu contactId={contactId} opened={choosing} onOpened={setChoosing} search={sought} onSearch={setSought} onInsert={insert} />
        </Group>
        <ErrorNotice error={send.error} />
        {text.trim() !== '' && (
          <Group justify="space-between">
            <Checkbox size="xs" label={t('conversations.quote')} checked={quote} onChange={event => setQuote(event.currentTarget.checked)} />
            <Button type="submit" size="xs" loading={send.isPending}>{t('conversations.send')}</Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}
