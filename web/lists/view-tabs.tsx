import { useState } from 'react'
import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconDeviceFloppy, IconHome, IconPencil, IconPin, IconPinnedOff, IconTrash, IconUsers } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { View, ViewList } from '../../shared/views.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { viewsKey } from './use-view.ts'
import type { ViewState } from './use-view.ts'
import classes from './view-tabs.module.css'

type Props = { list: ViewList, state: ViewState, /** the columns as they are shown */ columns: () => View['columns'] }

/** The views of a list as tabs, and what can be done with the one that is open. */
export function ViewTabs({ list, state, columns }: Props) {
  const { t } = useTranslation('lists')
  const { views, view, changed } = state
  const client = useQueryClient()
  const [naming, setNaming] = useState<'new' | 'rename' | null>(null)
  const tabs = views.filter(each => each.is_pinned || each.id === view?.id)
  const others = views.filter(each => !tabs.includes(each))
  const look = () => ({ search: state.search, filter: state.filter, sort: state.sort, columns: columns() })
  const keep = (saved: View) => {
    client.setQueryData<{ data: View[], next_cursor: null }>(viewsKey(list), before => ({ next_cursor: null, data: [...(before?.data ?? []).filter(each => each.id !== saved.id), saved].toSorted((one, two) => one.name.localeCompare(two.name)) }))
    return saved
  }
  const save = useMutation({
    mutationFn: (of: View) => api.patch<View>(`/views/${of.id}`, { revision: of.revision, ...look() }),
    onSuccess: (saved) => {
      keep(saved)
      state.reset()
      notifyDone(t('saved'))
    },
    onError: notifyError,
  })
  const isNarrowed = view === null && (state.search !== '' || state.filter.length > 0)
  return (
    <Group gap={4} mb="sm" component="nav" aria-label={t('views')}>
      <Tab active={view === null} onClick={() => state.open(null)}>{t(`all.${list}`)}</Tab>
      {tabs.map(each => (
        <Group key={each.id} gap={0} wrap="nowrap">
          <Tab active={each.id === view?.id} onClick={() => state.open(each)}>{each.name}{each.is_shared && <IconUsers size={13} aria-label={t('shared')} />}</Tab>
          {each.id === view?.id && <ViewMenu list={list} view={each} onRename={() => setNaming('rename')} onKeep={keep} onGone={() => state.open(null)} />}
        </Group>
      ))}
      {others.length > 0 && (
        <Menu position="bottom-start">
          <Menu.Target><Button variant="subtle" color="gray" size="compact-sm" rightSection={<IconChevronDown size={14} />}>{t('more', { count: others.length })}</Button></Menu.Target>
          <Menu.Dropdown mah={400} style={{ overflowY: 'auto' }}>
            {others.map(each => <Menu.Item key={each.id} onClick={() => state.open(each)} rightSection={<Text size="xs" c="dimmed">{each.owner?.name}</Text>}>{each.name}</Menu.Item>)}
          </Menu.Dropdown>
        </Menu>
      )}
      {(changed || isNarrowed) && (
        <Group gap={4} ml="xs">
          {changed && <Text size="xs" c="dimmed">{t('changed')}</Text>}
          {changed && view?.may_edit === true && <Button size="compact-sm" variant="light" leftSection={<IconDeviceFloppy size={14} />} loading={save.isPending} onClick={() => save.mutate(view)}>{t('save')}</Button>}
          <Button size="compact-sm" variant="subtle" onClick={() => setNaming('new')}>{t(changed ? 'save_as' : 'save_view')}</Button>
          {changed && <Button size="compact-sm" variant="subtle" color="gray" onClick={state.reset}>{t('reset')}</Button>}
        </Group>
      )}
      {naming !== null && (
        <NameDialog
          view={naming === 'rename' ? view : null} onClose={() => setNaming(null)}
          onSave={async ({ name, is_shared }) => {
            if (naming === 'rename' && view !== null) keep(await api.patch<View>(`/views/${view.id}`, { revision: view.revision, name, is_shared }))
            else state.open(keep(await api.post<View>('/views', { list, name, is_shared, ...look() })))
            setNaming(null)
          }}
        />
      )}
    </Group>
  )
}

function Tab({ active, onClick, children }: { active: boolean, onClick: () => void, children: React.ReactNode }) {
  return <UnstyledButton className={classes.tab ?? ''} data-active={active || undefined} aria-current={active ? 'page' : undefined} onClick={onClick}>{children}</UnstyledButton>
}

function ViewMenu({ list, view, onRename, onKeep, onGone }: { list: ViewList, view: View, onRename: () => void, onKeep: (saved: View) => void, onGone: () => void }) {
  const { t } = useTranslation('lists')
  const client = useQueryClient()
  const place = (change: { is_pinned?: boolean, is_first?: boolean }) => void api.put<View>(`/views/${view.id}/place`, change).then((saved) => {
    onKeep(saved)
    void client.invalidateQueries({ queryKey: viewsKey(list) })
  }, notifyError)
  const remove = () => confirmDelete({
    title: t('delete_title', { name: view.name }), text: t(view.is_shared ? 'delete_shared_text' : 'delete_text'),
    onConfirm: async () => {
      await api.delete(`/views/${view.id}`)
      onGone()
      await client.invalidateQueries({ queryKey: viewsKey(list) })
    },
  })
  return (
    <Menu position="bottom-start">
      <Menu.Target><ActionIcon variant="subtle" color="gray" size={26} aria-label={t('menu', { name: view.name })}><IconChevronDown size={14} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        {view.may_edit && <Menu.Item leftSection={<IconPencil size={15} />} onClick={onRename}>{t('rename')}</Menu.Item>}
        <Menu.Item leftSection={view.is_pinned ? <IconPinnedOff size={15} /> : <IconPin size={15} />} onClick={() => place({ is_pinned: !view.is_pinned })}>{t(view.is_pinned ? 'unpin' : 'pin')}</Menu.Item>
        <Menu.Item leftSection={<IconHome size={15} />} onClick={() => place({ is_first: !view.is_first })}>{t(view.is_first ? 'not_first' : 'first')}</Menu.Item>
        {view.may_edit && <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={remove}>{t('app:delete')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}

function NameDialog({ view, onSave, onClose }: { view: View | null, onSave: (given: { name: string, is_shared: boolean }) => Promise<void>, onClose: () => void }) {
  const { t } = useTranslation('lists')
  const mayShare = useMay('contacts')
  const [name, setName] = useState(view?.name ?? '')
  const [shared, setShared] = useState(view?.is_shared ?? false)
  const save = useMutation({ mutationFn: () => onSave({ name: name.trim(), is_shared: shared }) })
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{t(view === null ? 'new_title' : 'rename_title')}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') save.mutate()
        }}
      >
        <Stack gap="sm">
          <TextInput label={t('name')} data-autofocus maxLength={100} value={name} onChange={event => setName(event.currentTarget.value)} />
          {mayShare && <Checkbox label={t('share')} description={t('share_hint')} checked={shared} onChange={event => setShared(event.currentTarget.checked)} />}
          <ErrorNotice error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('app:save')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
