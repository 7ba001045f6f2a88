import { useState } from 'react'
import { Badge, Button, Group, Modal, Stack, Table, Text, Textarea, TextInput } from '@mantine/core'
import { IconMailHeart, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Topic } from '../../shared/consent.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { topicsKey } from './use-topics.ts'

export function Page() {
  const { t, i18n } = useTranslation('consent')
  const may = useMay('marketing')
  const client = useQueryClient()
  const [edited, setEdited] = useState<Topic | 'new' | null>(null)
  const list = useQuery({ queryKey: topicsKey, queryFn: () => api.get<ListPage<Topic>>('/topics') })
  const refresh = () => client.invalidateQueries({ queryKey: topicsKey })
  const archive = useMutation({ mutationFn: (topic: Topic) => api.patch(`/topics/${topic.id}`, { archived: topic.archived_at === null }), onSuccess: refresh, onError: notifyError })
  const topics = list.data?.data ?? []
  const russian = i18n.language === 'ru'
  return (
    <>
      <PageHeader title={t('topics.title')} subtitle={t('topics.subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('topics.new')}</Button>} />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && topics.length === 0 && <EmptyState icon={IconMailHeart} title={t('topics.none')} text={t('topics.empty')} />}
      {topics.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t('topics.topic')}</Table.Th><Table.Th ta="right">{t('topics.subscribers')}</Table.Th><Table.Td /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {topics.map(topic => (
                <Table.Tr key={topic.id}>
                  <Table.Td>
                    <Group gap={6}>
                      <Text size="sm" fw={500} c={topic.archived_at === null ? undefined : 'dimmed'}>{russian ? topic.name_ru : topic.name_en}</Text>
                      {topic.archived_at !== null && <Badge size="xs" color="gray">{t('topics.archived')}</Badge>}
                    </Group>
                    <Text size="xs" c="dimmed">{russian ? topic.name_en : topic.name_ru}{(russian ? topic.description_ru : topic.description_en) && ` · ${russian ? topic.description_ru : topic.description_en}`}</Text>
                  </Table.Td>
                  <Table.Td ta="right">
                    <Text size="sm" component={Link} to={`/contacts?filter=${encodeURIComponent(JSON.stringify([{ consent: 'granted', topic: topic.id }]))}`} c="pine">{topic.granted_count}</Text>
                  </Table.Td>
                  <Table.Td ta="right">
                    {may && (
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        <Button variant="subtle" size="compact-sm" onClick={() => setEdited(topic)}>{t('app:edit')}</Button>
                        <Button variant="subtle" color="gray" size="compact-sm" loading={archive.isPending && archive.variables?.id === topic.id} onClick={() => archive.mutate(topic)}>{topic.archived_at === null ? t('topics.archive') : t('topics.restore')}</Button>
                      </Group>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited === 'new' ? t('topics.new') : t('topics.edit')}</Text>}>
        {edited !== null && <TopicForm topic={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

function TopicForm({ topic, onDone }: { topic: Topic | null, onDone: () => void }) {
  const { t } = useTranslation('consent')
  const [values, setValues] = useState({ name_en: topic?.name_en ?? '', name_ru: topic?.name_ru ?? '', description_en: topic?.description_en ?? '', description_ru: topic?.description_ru ?? '' })
  const save = useMutation({ mutationFn: () => topic === null ? api.post('/topics', values) : api.patch(`/topics/${topic.id}`, values), onSuccess: onDone })
  const errors = errorsByField(save.error)
  const field = (name: keyof typeof values) => ({ value: values[name], onChange: (event: { currentTarget: { value: string } }) => { const { value } = event.currentTarget; setValues(now => ({ ...now, [name]: value })) }, error: errors[name] })
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate() }}>
      <Stack gap="sm">
        <TextInput label={t('topics.name_ru')} required data-autofocus maxLength={200} {...field('name_ru')} />
        <TextInput label={t('topics.name_en')} required maxLength={200} {...field('name_en')} />
        <Textarea label={t('topics.description_ru')} description={t('topics.description_hint')} autosize minRows={1} maxLength={1000} {...field('description_ru')} />
        <Textarea label={t('topics.description_en')} autosize minRows={1} maxLength={1000} {...field('description_en')} />
        <ErrorNotice error={save.error} shownFields={Object.keys(values)} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={values.name_en.trim() === '' || values.name_ru.trim() === ''}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
