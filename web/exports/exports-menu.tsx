import { useEffect, useState } from 'react'
import { Button, Divider, Group, Menu, Progress, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ExportFormat, KeptExport } from '../../shared/exports.ts'
import { api, apiUrl } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { serverWords } from '../ui/server-words.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

type Asked = { search: string, filter: unknown, sort: string, columns: string[] }

/** The list as a file: made in the background, fetched by itself once it is ready; files of the last days are there, too. */
export function ExportsMenu({ asked }: { asked: Asked }) {
  const { t, i18n } = useTranslation('exports')
  const client = useQueryClient()
  const [opened, setOpened] = useState(false)
  const [awaited, setAwaited] = useState<number[]>([])
  const list = useQuery({ queryKey: ['exports'], queryFn: () => api.get<Page<KeptExport>>('/exports?limit=5'), enabled: opened || awaited.length > 0 })
  // Listened to from the beginning: a short file is ready before a stream could open.
  useLive(['exports'], () => {
    if (opened || awaited.length > 0) void list.refetch()
  })
  const files = list.data?.data ?? []
  const running = files.find(file => file.state === 'running' && awaited.includes(file.id))
  useEffect(() => {
    for (const file of files.filter(each => each.state !== 'running' && awaited.includes(each.id))) {
      setAwaited(before => before.filter(id => id !== file.id))
      if (file.state === 'done') window.location.assign(apiUrl(`/exports/${file.id}/file`))
      else setOpened(true)
    }
  }, [files, awaited])
  const begin = useMutation({
    mutationFn: (format: ExportFormat) => api.post<KeptExport>('/exports', { ...asked, format, language: i18n.language === 'ru' ? 'ru' : 'en' }),
    onSuccess: (made) => {
      setAwaited(before => [...before, made.id])
      void client.invalidateQueries({ queryKey: ['exports'] })
    },
    onError: notifyError,
  })
  return (
    <Menu position="bottom-end" width={300} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />} loading={begin.isPending}>{running === undefined || running.total === 0 ? t('export') : t('part', { part: Math.min(99, Math.floor(running.done / running.total * 100)) })}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['csv', 'xlsx'] as const).map(format => <Menu.Item key={format} onClick={() => begin.mutate(format)}>{t(format)}</Menu.Item>)}
        {files.length > 0 && <Divider my={4} label={t('lately')} labelPosition="left" mx="xs" />}
        {files.map(file => <FileLine key={file.id} file={file} />)}
      </Menu.Dropdown>
    </Menu>
  )
}

function FileLine({ file }: { file: KeptExport }) {
  const { t } = useTranslation('exports')
  const format = useFormat()
  const counted = t('rows', { count: file.done, number: format.number(file.done), format: file.format.toUpperCase() })
  const rows = file.of === 'contacts' ? counted : `${t(`of.${file.of}`)}, ${counted}`
  if (file.state === 'done') return <Menu.Item component="a" href={apiUrl(`/exports/${file.id}/file`)} download rightSection={<Text size="xs" c="dimmed"><TimeAgo time={file.created_at} /></Text>}>{rows}</Menu.Item>
  return (
    <Stack gap={4} px="sm" py={6}>
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm">{file.state === 'running' ? rows : t(file.state)}</Text>
        {file.state === 'running' && <Button size="compact-xs" variant="subtle" onClick={() => void api.post(`/exports/${file.id}/stop`).catch(notifyError)}>{t('stop')}</Button>}
      </Group>
      {file.state === 'running' && file.total > 0 && <Progress value={file.done / file.total * 100} size="sm" aria-label={rows} />}
      {file.error !== null && <Text size="xs" c="red">{serverWords(file.error)}</Text>}
    </Stack>
  )
}
