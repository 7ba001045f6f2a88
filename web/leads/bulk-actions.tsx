import { useState } from 'react'
import { Autocomplete, Button, Group, Menu, Popover, Stack, Text } from '@mantine/core'
import { IconTag, IconUser } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Lead } from '../../shared/leads.ts'
import { useUsers } from '../contacts/use-reference.ts'
import type { LeadActions } from './use-lead-actions.ts'

/** What can be done with the leads selected. The API takes 200 at a time. */
export const mostAtOnce = 200

export function BulkActions({ leads, labels, actions, onRefuse, onDone }: { leads: Lead[], labels: string[], actions: LeadActions, onRefuse: () => void, onDone: () => void }) {
  const { t } = useTranslation('leads')
  const users = useUsers()
  const [label, setLabel] = useState('')
  const some = leads.slice(0, mostAtOnce)
  const act = (what: () => void) => {
    what()
    onDone()
  }
  return (
    <Group gap="xs" mih={36}>
      <Text size="sm" fw={500}>{leads.length > mostAtOnce ? t('bulk.at_most', { count: mostAtOnce }) : t('bulk.selected', { count: leads.length })}</Text>
      <Button size="xs" variant="default" onClick={() => act(() => actions.take(some))}>{t('take')}</Button>
      <Menu position="bottom-start">
        <Menu.Target><Button size="xs" variant="default" leftSection={<IconUser size={15} />}>{t('bulk.give')}</Button></Menu.Target>
        <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
          <Menu.Item onClick={() => act(() => actions.byRules(some))}>{t('bulk.by_rules')}</Menu.Item>
          <Menu.Divider />
          {users.map(user => <Menu.Item key={user.id} onClick={() => act(() => actions.set(some, { owner_id: user.id }))}>{user.name}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      <Popover position="bottom-start" shadow="md" width={260} trapFocus>
        <Popover.Target><Button size="xs" variant="default" leftSection={<IconTag size={15} />}>{t('bulk.label')}</Button></Popover.Target>
        <Popover.Dropdown>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (label.trim() !== '') act(() => actions.label(some, label.trim()))
            }}
          >
            <Stack gap="xs">
              <Autocomplete label={t('labels')} maxLength={60} data={labels} value={label} onChange={setLabel} comboboxProps={{ withinPortal: false }} />
              <Button type="submit" size="xs" disabled={label.trim() === ''}>{t('bulk.label')}</Button>
            </Stack>
          </form>
        </Popover.Dropdown>
      </Popover>
      <Button size="xs" variant="default" onClick={onRefuse}>{t('refuse')}</Button>
      <Button variant="subtle" size="xs" onClick={onDone}>{t('bulk.clear')}</Button>
    </Group>
  )
}
