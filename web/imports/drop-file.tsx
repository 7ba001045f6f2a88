import { useRef, useState } from 'react'
import { Button, Progress, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconFileSpreadsheet } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { ImportView } from '../../shared/imports.ts'
import { ApiError } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import classes from './imports.module.css'

/** Where a file is dropped or chosen; it is sent at once, and its page opens. */
export function DropFile() {
  const { t } = useTranslation('imports')
  const navigate = useNavigate()
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [share, setShare] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const send = async (file: File | undefined) => {
    if (file === undefined) return
    setError(null)
    setShare(0)
    try {
      const made = await uploadFile(file, setShare)
      await navigate(`/imports/${made.id}`)
    } catch (problem) {
      setError(problem)
    } finally {
      setShare(null)
    }
  }
  return (
    <Stack gap="xs">
      <div
        className={classes.drop} data-over={over || undefined}
        onDragOver={(event) => { event.preventDefault(); setOver(true) }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); void send(event.dataTransfer.files[0]) }}
      >
        <ThemeIcon size={46} radius="xl" variant="light"><IconFileSpreadsheet size={24} stroke={1.5} aria-hidden /></ThemeIcon>
        <Stack gap={2} flex={1} miw={200}>
          <Text fw={600}>{share === null ? t('drop.title') : t('drop.sending')}</Text>
          {share === null ? <Text size="sm" c="dimmed">{t('drop.text')}</Text> : <Progress value={100 * share} animated={share === 1} aria-label={t('drop.sending')} />}
        </Stack>
        <Button variant="default" loading={share !== null} onClick={() => input.current?.click()}>{t('drop.choose')}</Button>
        <input ref={input} type="file" accept=".csv,.tsv,.txt,.xlsx,.vcf,text/csv,text/tab-separated-values,text/vcard,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" hidden onChange={(event) => { void send(event.currentTarget.files?.[0]); event.currentTarget.value = '' }} />
      </div>
      <ErrorNotice error={error} />
    </Stack>
  )
}

/** fetch does not say how far an upload is; XMLHttpRequest does. */
function uploadFile(file: File, onShare: (share: number) => void): Promise<ImportView> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    form.append('file', file)
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/imports')
    request.upload.addEventListener('progress', event => event.lengthComputable && onShare(event.loaded / event.total))
    request.addEventListener('error', () => reject(new ApiError(0, 'unreachable', 'The server cannot be reached.', [])))
    request.addEventListener('load', () => {
      let answer: { code?: string, detail?: string, errors?: { field: string, message: string }[] } = {}
      try {
        answer = JSON.parse(request.responseText) as typeof answer
      } catch { /* a proxy may answer in its own way */ }
      if (request.status < 300) resolve(answer as unknown as ImportView)
      else reject(new ApiError(request.status, answer.code ?? `http_${request.status}`, answer.detail ?? request.statusText, answer.errors ?? []))
    })
    request.send(form)
  })
}
