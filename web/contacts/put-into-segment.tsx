import { useState } from 'react'
import { Anchor, Button, Group, Popover, Select, Stack, TextInput } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SegmentListRow } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'

/** Puts the people selected into a static segment, one there is or a new one, or takes them out of it. */
export function PutIntoSegment({ ids, onDone }: { ids: number[], onDone: () => void }) {
  const { t } = useTranslation('contacts')
  const client = useQueryClient()
  const mayMake = useMay('marketing')
  const [opened, setOpened] = useState(false)
  const [segment, setSegment] = useState<string | null>(null)
  const [name, setName] = useState<string | null>(null)
  const segments = useQuery({ queryKey: ['list', 'static-segments'], queryFn: () => api.get<Page<SegmentListRow>>('/segments?kind=static&limit=200'), enabled: opened })
  const change = useMutation({
    mutationFn: async (action: 'put' | 'delete') => {
      const id = name === null ? Number(segment) : (await api.post<{ id: number }>('/segments', { kind: 'static', name: name.trim() })).id
      let moved = 0
      // The API takes 1,000 at a time.
      for (let from = 0; from < ids.length; from += 1000) {
        const { data } = await api[action]<{ data: { outcome: string }[] }>(`/segments/${id}/members`, { contacts: ids.slice(from, from + 1000) })
        moved += data.filter(one => one.outcome === 'added' || one.outcome === 'removed').length
      }
      return { action, moved }
    },
    onSuccess: ({ action, moved }) => {
      notifyDone(t(action === 'put' ? 'bulk.put_in_done' : 'bulk.taken_out_done', { count: moved }))
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
      onDone()
    },
    onError: notifyError,
  })
  const ready = name === null ? segment !== null : name.trim() !== ''
  return (
    <Popover position="bottom-start" shadow="md" width={300} trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target><Button variant="default" size="xs" leftSection={<IconFilter size={15} />} loading={change.isPending} onClick={() => setOpened(!opened)}>{t('bulk.segment')}</Button></Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (ready) change.mutate('put')
          }}
        >
          <Stack gap="xs">
            {name === null
              ? <Select label={t('bulk.static_segment')} searchable placeholder={t('bulk.choose_segment')} nothingFoundMessage={t('bulk.no_segment')} data={(segments.data?.data ?? []).map(row => ({ value: String(row.id), label: row.name }))} value={segment} onChange={setSegment} comboboxProps={{ withinPortal: false }} />
              : <TextInput label={t('bulk.new_segment')} data-autofocus maxLength={200} value={name} onChange={event => setName(event.currentTarget.value)} />}
            {mayMake && <Anchor component="button" type="button" size="xs" ta="left" onClick={() => setName(name === null ? '' : null)}>{t(name === null ? 'bulk.make_segment' : 'bulk.one_there_is')}</Anchor>}
            <Group gap="xs">
              <Button type="submit" size="xs" disabled={!ready}>{t('bulk.put_in')}</Button>
              {name === null && <Button variant="default" size="xs" disabled={!ready} onClick={() => change.mutate('delete')}>{t('bulk.take_out')}</Button>}
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
