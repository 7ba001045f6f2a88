import { ActionIcon, Anchor, Button, FileButton, Group, Image, Paper, Progress, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconFile, IconPaperclip, IconTrash, IconUpload } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { MailFile, MailFilesUsage } from '../../shared/mail-files.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { useList } from '../ui/use-list.ts'
import { contentOf, filesKey, useFileSize, useUploadMailFile } from './mail-files.tsx'

/** All files mails carry: how large, in which mails, and what can go. */
export function Page() {
  const { t } = useTranslation('templates')
  const may = useMay('marketing')
  const client = useQueryClient()
  const size = useFileSize()
  const list = useList<MailFile>('/mail-files')
  const usage = useQuery({ queryKey: [...filesKey, 'usage'], queryFn: ({ signal }) => api.get<MailFilesUsage>('/mail-files/usage', { signal }) })
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: filesKey }), client.invalidateQueries({ queryKey: ['list', '/mail-files'] })])
  const upload = useUploadMailFile(() => void refresh())
  const unused = usage.data?.unused
  return (
    <>
      <PageHeader
        title={t('all_files.title')} subtitle={t('all_files.text')} back={{ to: '/templates', label: t('title') }}
        actions={may && <FileButton onChange={file => file !== null && upload.mutate(file)}>{props => <Button {...props} leftSection={<IconUpload size={16} />} loading={upload.isPending}>{t('all_files.upload')}</Button>}</FileButton>}
      />
      <Stack gap="md">
        <ErrorNotice error={upload.error ?? usage.error} />
        {usage.data && usage.data.files > 0 && (
          <Paper>
            <Stack gap="xs">
              <Text size="sm">{t('all_files.room', { count: usage.data.files, used: size(usage.data.bytes), most: size(usage.data.most_bytes) })}</Text>
              <Progress value={100 * usage.data.bytes / usage.data.most_bytes} color={usage.data.bytes > 0.9 * usage.data.most_bytes ? 'red' : 'pine'} aria-label={t('all_files.title')} />
              {may && unused !== undefined && unused.files > 0 && (
                <Group gap="sm">
                  <Text size="sm" c="dimmed">{t('all_files.unused', { count: unused.files, size: size(unused.bytes) })}</Text>
                  <Button
                    size="compact-sm" variant="default"
                    onClick={() => confirmDelete({
                      title: t('all_files.unused_title', { count: unused.files }), text: t('all_files.unused_text'),
                      onConfirm: async () => {
                        const { deleted } = await api.delete<{ deleted: number }>('/mail-files/unused')
                        notifyDone(t('all_files.unused_done', { count: deleted }))
                        await refresh()
                      },
                    })}
                  >
                    {t('all_files.delete_unused')}
                  </Button>
                </Group>
              )}
            </Stack>
          </Paper>
        )}
        {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Skeleton height={240} radius="lg" />}
        {list.isSuccess && list.rows.length === 0 && <EmptyState icon={IconPaperclip} title={t('all_files.none')} text={t('all_files.none_text')} />}
        {list.rows.length > 0 && (
          <Paper>
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing="xs">
                <Table.Thead><Table.Tr><Table.Th>{t('all_files.file')}</Table.Th><Table.Th ta="right">{t('all_files.size')}</Table.Th><Table.Th>{t('all_files.uploaded')}</Table.Th><Table.Th>{t('all_files.used_by')}</Table.Th><Table.Th aria-label={t('all_files.delete_column')} /></Table.Tr></Table.Thead>
                <Table.Tbody>{list.rows.map(file => <Row key={file.id} file={file} may={may} onDeleted={refresh} />)}</Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
          </Paper>
        )}
      </Stack>
    </>
  )
}

function Row({ file, may, onDeleted }: { file: MailFile, may: boolean, onDeleted: () => Promise<unknown> }) {
  const { t } = useTranslation('templates')
  const format = useFormat()
  const size = useFileSize()
  const remove = () => confirmDelete({ title: t('all_files.delete', { name: file.name }), text: t('all_files.delete_text'), onConfirm: async () => { await api.delete(`/mail-files/${file.id}`); await onDeleted() } })
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {file.content_type.startsWith('image/') ? <Image src={contentOf(file.id)} alt="" w={40} h={40} fit="contain" radius="sm" loading="lazy" /> : <IconFile size={24} stroke={1.5} aria-hidden />}
          <Anchor href={contentOf(file.id)} target="_blank" size="sm" style={{ overflowWrap: 'anywhere' }}>{file.name}</Anchor>
        </Group>
      </Table.Td>
      <Table.Td ta="right"><Text size="sm" style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>{size(file.size)}</Text></Table.Td>
      <Table.Td><Text size="sm">{format.day(file.created_at)}</Text></Table.Td>
      <Table.Td>
        {file.used_by.length === 0 && <Text size="sm" c="dimmed">{t('all_files.nowhere')}</Text>}
        {file.used_by.slice(0, 5).map(place => (
          <Text key={place.template_id} size="sm"><Anchor component={Link} to={`/templates/${place.template_id}`} inherit>{place.name}</Anchor>{!place.now && <Text span size="xs" c="dimmed"> {t('all_files.older_version')}</Text>}</Text>
        ))}
        {file.used_by.length > 5 && <Text size="xs" c="dimmed">{t('all_files.more_mails', { count: file.used_by.length - 5 })}</Text>}
      </Table.Td>
      <Table.Td w={40}>{may && !file.in_use && <ActionIcon variant="subtle" color="gray" aria-label={t('all_files.delete', { name: file.name })} onClick={remove}><IconTrash size={17} stroke={1.7} /></ActionIcon>}</Table.Td>
    </Table.Tr>
  )
}
