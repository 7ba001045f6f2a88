import { useRef, useState } from 'react'
import { Button, Group, List, Paper, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DmarcTaken } from '../../shared/reputation.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'

/** Reports that lie in somebody's mailbox are given by hand, several at once. */
export function GiveReport() {
  const { t } = useTranslation('dmarc')
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [results, setResults] = useState<(DmarcTaken & { file: string })[]>([])
  const [error, setError] = useState<unknown>(null)
  const give = async (files: File[]) => {
    setBusy(true)
    setError(null)
    setResults([])
    try {
      for (const file of files) {
        const form = new FormData()
        form.append('file', file)
        const taken = await api.post<DmarcTaken>('/dmarc-reports', form)
        setResults(before => [...before, { ...taken, file: file.name }])
      }
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
      await Promise.all([client.invalidateQueries({ queryKey: ['dmarc'] }), client.invalidateQueries({ queryKey: ['list', '/dmarc-reports'] })])
    }
  }
  return (
    <Paper p="md" onDragOver={event => event.preventDefault()} onDrop={(event) => { event.preventDefault(); void give([...event.dataTransfer.files]) }}>
      <Group justify="space-between" align="flex-start">
        <div style={{ flex: '1 1 300px' }}>
          <Title order={2} size="h4">{t('give')}</Title>
          <Text size="sm" c="dimmed">{t('give_text')}</Text>
        </div>
        <Button variant="default" loading={busy} onClick={() => input.current?.click()}>{t('choose')}</Button>
        <input ref={input} type="file" multiple hidden accept=".xml,.gz,.zip,application/xml,application/gzip,application/zip" onChange={(event) => { void give([...event.currentTarget.files ?? []]); event.currentTarget.value = '' }} />
      </Group>
      {results.length > 0 && (
        <List size="sm" mt="sm" spacing={2} role="status">
          {results.map(result => <List.Item key={result.file}>{result.file}: {result.outcome === 'refused' ? t(`refused.${result.reason ?? 'no_report'}`, { domain: result.domain ?? '' }) : t(`outcomes.${result.outcome}`, { org: result.org_name ?? '', count: result.mails ?? 0 })}</List.Item>)}
        </List>
      )}
      <ErrorNotice error={error} />
    </Paper>
  )
}
