import { ActionIcon, Anchor, Button, FileButton, Group, Select, Stack, Text } from '@mantine/core'
import { IconPaperclip, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { MailFile } from '../../shared/mail-files.ts'
import { api, type Page } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'

export const filesKey = ['mail-files']

/** Uploads a file for mails; `onDone` gets it. */
export function useUploadMailFile(onDone: (file: MailFile) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (file: File) => {
      const form = new FormData()
      form.append('file', file)
      return api.post<MailFile>('/mail-files', form)
    },
    onSuccess: (file) => {
      void client.invalidateQueries({ queryKey: filesKey })
      onDone(file)
    },
  })
}

/** Bytes as people read them: kB, MB, GB; never none. */
export function useFileSize(): (bytes: number) => string {
  const { i18n } = useTranslation()
  return (bytes) => {
    const [unit, of] = bytes < 1_000_000 ? ['kilobyte', 1_000] : bytes < 1_000_000_000 ? ['megabyte', 1_000_000] : ['gigabyte', 1_000_000_000]
    return new Intl.NumberFormat(i18n.language, { style: 'unit', unit, maximumFractionDigits: of === 1_000 ? 0 : 1 }).format(bytes === 0 ? 0 : Math.max(1, bytes / of))
  }
}

export const contentOf = (id: number): string => `/api/v1/mail-files/${id}/content`

/** Files every mail of this language carries: uploaded here, or taken from those of other mails. */
export function Attachments({ ids, onChange, readOnly }: { ids: number[], onChange: (ids: number[]) => void, readOnly: boolean }) {
  const { t } = useTranslation('templates')
  const found = useQuery({ queryKey: filesKey, queryFn: ({ signal }) => api.get<Page<MailFile>>('/mail-files?limit=100', { signal }) })
  const upload = useUploadMailFile(file => onChange([...ids, file.id]))
  const size = useFileSize()
  const all = found.data?.data ?? []
  const rest = all.filter(file => !ids.includes(file.id))
  if (readOnly && ids.length === 0) return null
  return (
    <Stack gap="xs" mt="xs">
      <Text size="sm" fw={600}>{t('files.title')}</Text>
      {ids.map((id) => {
        const file = all.find(each => each.id === id)
        const name = file?.name ?? t('files.number', { number: id })
        return (
          <Group key={id} gap="xs" wrap="nowrap">
            <IconPaperclip size={16} aria-hidden />
            <Anchor href={contentOf(id)} target="_blank" size="sm" style={{ overflowWrap: 'anywhere' }}>{name}</Anchor>
            {file !== undefined && <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{size(file.size)}</Text>}
            {!readOnly && <ActionIcon variant="subtle" color="gray" aria-label={t('files.remove', { name })} onClick={() => onChange(ids.filter(each => each !== id))}><IconTrash size={16} /></ActionIcon>}
          </Group>
        )
      })}
      {ids.length === 0 && <Text size="sm" c="dimmed">{t('files.none')}</Text>}
      {!readOnly && ids.length < 10 && (
        <Group gap="sm">
          <FileButton onChange={file => file !== null && upload.mutate(file)}>
            {props => <Button {...props} size="xs" variant="default" leftSection={<IconPaperclip size={15} />} loading={upload.isPending}>{t('files.attach')}</Button>}
          </FileButton>
          {rest.length > 0 && (
            <Select
              size="xs" searchable value={null} placeholder={t('files.again')} aria-label={t('files.again')} w={220}
              data={rest.map(file => ({ value: String(file.id), label: `${file.name}, ${size(file.size)}` }))}
              onChange={value => value !== null && onChange([...ids, Number(value)])}
            />
          )}
        </Group>
      )}
      <ErrorNotice error={upload.error} />
    </Stack>
  )
}
