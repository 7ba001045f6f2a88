import { useState } from 'react'
import { Badge, Button, Code, Group, JsonInput, Paper, Stack, Text, TextInput, Title, UnstyledButton } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { WebhookSample } from '../../shared/webhooks.ts'
import { api } from '../app/api.ts'
import { errorsByField, otherErrors } from '../ui/error-words.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { readable } from './readable.ts'

/** Tries an address before a journey does: one signed call now, and what it answers. */
export function Sample() {
  const { t } = useTranslation('webhooks')
  const format = useFormat()
  const [url, setUrl] = useState('')
  const [body, setBody] = useState<string | null>(null)
  const send = useMutation({ mutationFn: () => api.post<WebhookSample>('/webhook-samples', { url, body: body === null || body.trim() === '' ? null : body }) })
  const errors = errorsByField(send.error)
  const result = send.data
  return (
    <Paper p="md" component="form" onSubmit={(event) => { event.preventDefault(); send.mutate() }}>
      <Stack gap="sm">
        <Title order={2} size="h3">{t('sample.title')}</Title>
        <Text size="sm" c="dimmed">{t('sample.text')}</Text>
        <Group align="flex-end" gap="sm">
          <TextInput flex={1} miw={220} type="url" label={t('sample.url')} placeholder="https://example.com/hook" value={url} error={errors['url']} onChange={event => setUrl(event.currentTarget.value)} required maxLength={2000} />
          <Button type="submit" leftSection={<IconSend size={16} />} loading={send.isPending} disabled={url.trim() === ''}>{t('sample.send')}</Button>
        </Group>
        {body === null
          ? <UnstyledButton fz="sm" c="pine" w="fit-content" onClick={() => setBody('')}>{t('sample.own_body')}</UnstyledButton>
          : <JsonInput label={t('sample.body')} description={t('sample.body_hint')} autosize minRows={4} maxRows={16} maxLength={20_000} value={body} error={errors['body']} onChange={setBody} />}
        {send.isError && (Object.keys(errors).length === 0 || otherErrors(send.error, ['url', 'body']).length > 0) && <ErrorNotice error={send.error} />}
        {result && !send.isPending && (
          <Stack gap={6} role="status">
            <Group gap="xs">
              <Badge color={result.outcome === 'answered' ? 'pine' : 'red'}>{result.status ?? t('sample.no_status')}</Badge>
              <Text size="sm">{t(`outcomes.${result.outcome}`, { status: result.status ?? '' })}</Text>
              <Text size="sm" c="dimmed">{t('sample.took', { milliseconds: format.number(result.milliseconds) })}</Text>
            </Group>
            {result.detail !== '' && <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{result.detail}</Text>}
            <Text size="sm" fw={500}>{t(result.answer_cut ? 'sample.answer_begins' : 'answer')}</Text>
            {result.answer === null || result.answer === '' ? <Text size="sm" c="dimmed">{t('no_answer')}</Text> : <Code block fz="xs" mah={300} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', overflowY: 'auto' }}>{readable(result.answer)}</Code>}
            <Text size="sm" fw={500}>{t('sent')}</Text>
            <Code block fz="xs" mah={240} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', overflowY: 'auto' }}>{readable(result.body)}</Code>
          </Stack>
        )}
      </Stack>
    </Paper>
  )
}
