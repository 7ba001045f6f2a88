import { useState } from 'react'
import { Anchor, Button, Group, Menu, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowsJoin2, IconDots, IconEdit, IconFilter, IconFilterOff, IconLetterCase, IconTag, IconTagOff, IconTrash, IconUserShare } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { BulkDialog } from '../bulk/bulk-dialog.tsx'
import type { ShownAct, Whom } from '../bulk/bulk-dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { MergeDialog } from './merge-dialog.tsx'

const first = [['owner', IconUserShare], ['tag', IconTag], ['set', IconEdit]] as const
const more = [['untag', IconTagOff], ['segment', IconFilter], ['unsegment', IconFilterOff], ['tidy_names', IconLetterCase], ['delete', IconTrash]] as const

type Props = {
  ids: number[]
  /** everybody whom the list shows, chosen instead of the rows */
  all: Whom['all'] | null
  onAll: () => void
  onDone: () => void
}

/** What can be done with the rows chosen, or with all that fit. */
export function BulkActions({ ids, all, onAll, onDone }: Props) {
  const { t } = useTranslation('bulk')
  const format = useFormat()
  const [act, setAct] = useState<ShownAct | null>(null)
  const [merging, { open: openMerge, close: closeMerge }] = useDisclosure(false)
  const [one, two] = ids.toSorted((former, latter) => former - latter)
  return (
    <Group gap="xs" mih={36}>
      <Text size="sm" fw={500}>{all === null ? t('selected', { count: ids.length, number: format.number(ids.length) }) : t('all_chosen')}</Text>
      {all === null && <Anchor component="button" type="button" size="sm" onClick={onAll}>{t('choose_all')}</Anchor>}
      {first.map(([name, Icon]) => <Button key={name} variant="default" size="xs" leftSection={<Icon size={15} />} onClick={() => setAct(name)}>{t(`acts.${name}`)}</Button>)}
      {all === null && ids.length === 2 && one !== undefined && two !== undefined && (
        <>
          <Button variant="default" size="xs" leftSection={<IconArrowsJoin2 size={15} />} onClick={openMerge}>{t('contacts:merge.button')}</Button>
          <MergeDialog keep={one} others={[two]} opened={merging} onClose={closeMerge} onMerged={onDone} />
        </>
      )}
      <Menu position="bottom-start">
        <Menu.Target><Button variant="default" size="xs" px={8} aria-label={t('more')} title={t('more')}><IconDots size={15} /></Button></Menu.Target>
        <Menu.Dropdown>
          {more.map(([name, Icon]) => <Menu.Item key={name} leftSection={<Icon size={15} />} {...(name === 'delete' ? { color: 'red' } : {})} onClick={() => setAct(name)}>{t(`acts.${name}`)}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" size="xs" onClick={onDone}>{t('clear')}</Button>
      {act !== null && <BulkDialog act={act} whom={all === null ? { contact_ids: ids } : { all }} onClose={() => setAct(null)} onDone={() => { setAct(null); onDone() }} />}
    </Group>
  )
}
