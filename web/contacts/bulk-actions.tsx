import { useState } from 'react'
import { Autocomplete, Button, Group, Popover, Stack, Text } from '@mantine/core'
import { IconArrowsJoin2, IconTag } from '@tabler/icons-react'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { MergeDialog } from './merge-dialog.tsx'
import { PutIntoSegment } from './put-into-segment.tsx'
import { tagsKey, useTags } from './use-reference.ts'

/** What can be done with the rows selected. */
export function BulkActions({ ids, onDone }: { ids: number[], onDone: () => void }) {
  const { t } = useTranslation('contacts')
  const client = useQueryClient()
  const tags = useTags()
  const [name, setName] = useState('')
  const [merging, { open: openMerge, close: closeMerge }] = useDisclosure(false)
  const [first, second] = ids.toSorted((one, two) => one - two)
  const addTag = useMutation({
    mutationFn: async (tag: string) => {
      // The API takes 1,000 at a time.
      for (let from = 0; from < ids.length; from += 1000) {
        await api.post('/contacts/batch', { contacts: ids.slice(from, from + 1000).map(id => ({ id, tags: [tag] })) })
      }
    },
    onSuccess: (_, tag) => {
      notifyDone(t('bulk.tagged', { count: ids.length, tag }))
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: tagsKey })
      onDone()
    },
    onError: notifyError,
  })
  return (
    <Group gap="xs" mih={36}>
      <Text size="sm" fw={500}>{t('bulk.selected', { count: ids.length })}</Text>
      <Popover position="bottom-start" shadow="md" width={260} trapFocus>
        <Popover.Target><Button variant="default" size="xs" leftSection={<IconTag size={15} />} loading={addTag.isPending}>{t('bulk.add_tag')}</Button></Popover.Target>
        <Popover.Dropdown>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (name.trim() !== '') addTag.mutate(name.trim())
            }}
          >
            <Stack gap="xs">
              <Autocomplete label={t('tags.title')} placeholder={t('tags.placeholder')} data={tags.map(tag => tag.name)} value={name} onChange={setName} comboboxProps={{ withinPortal: false }} />
              <Button type="submit" size="xs" disabled={name.trim() === ''}>{t('bulk.add_tag')}</Button>
            </Stack>
          </form>
        </Popover.Dropdown>
      </Popover>
      <PutIntoSegment ids={ids} onDone={onDone} />
      {ids.length === 2 && first !== undefined && second !== undefined && (
        <>
          <Button variant="default" size="xs" leftSection={<IconArrowsJoin2 size={15} />} onClick={openMerge}>{t('merge.button')}</Button>
          <MergeDialog keep={first} other={second} opened={merging} onClose={closeMerge} onMerged={onDone} />
        </>
      )}
      <Button variant="subtle" size="xs" onClick={onDone}>{t('bulk.clear')}</Button>
    </Group>
  )
}
