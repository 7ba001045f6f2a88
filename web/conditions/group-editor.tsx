import { ActionIcon, Box, Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconClipboardPlus, IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import { widthOf } from './choice.tsx'
import { groupModes, partPath, readGroup, readLeaf, replaceAt, writeGroup } from './condition-tree.ts'
import type { GroupMode, Place } from './condition-tree.ts'
import { LeafRow } from './leaf-row.tsx'
import { newLeaf } from './leaves.ts'
import { Grip, PartActions, useDropOn } from './part-menu.tsx'
import { StepNumber } from './step-number.tsx'
import { SubjectMenu } from './subject-select.tsx'
import { placeKey, useSurroundings } from './surroundings.ts'
import classes from './conditions.module.css'

const deepest = 8

/** A group: how its parts belong together, the parts, and what can be added. `around`: how the group it stands in counts. */
export function GroupEditor({ value, path, place, around }: { value: Condition, path: string, place: Place, around: GroupMode | null }) {
  const { t } = useTranslation('conditions')
  const { vocabulary, subjects, disabled, root, write, add, paste, drag } = useSurroundings()
  const { mode, parts } = readGroup(value) ?? { mode: 'all' as const, parts: [value] }
  const depth = place.length + 1
  const name = t(`groups.${mode}`)
  const drop = useDropOn(place)
  const end = [...place, parts.length]
  return (
    <Box className={classes.group} data-depth={Math.min(depth, 4)} data-place={placeKey(place)} role="group" aria-label={name} {...(around === null ? {} : drop)}>
      <div className={classes.head}>
        {around !== null && !disabled && <Grip place={place} name={name} />}
        <Select
          size="xs" w={widthOf(name, 300) + 10} maw="100%" variant="unstyled" allowDeselect={false} disabled={disabled} aria-label={t('groups.mode')} classNames={{ input: classes.mode ?? '' }} comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
          data={groupModes.map(one => ({ value: one, label: t(`groups.${one}`) }))}
          value={mode} onChange={one => one !== null && write(replaceAt(root, place, writeGroup({ mode: one as GroupMode, parts })))}
        />
        {around !== null && (
          <div className={classes.end}>
            <StepNumber path={path} mode={around} />
            {!disabled && <PartActions part={value} place={place} name={name} />}
          </div>
        )}
      </div>
      {parts.length === 0 && <Text size="sm" c="dimmed" py={4}>{around === null ? t(mode === 'any' || mode === 'not_all' ? 'groups.empty_any' : 'groups.empty_all') : t('groups.none_yet')}</Text>}
      <Stack gap={6}>
        {parts.map((part, index) => {
          const own = { value: part, path: partPath(path, mode, index), place: [...place, index] }
          return readLeaf(part) === null ? <GroupEditor key={index} {...own} around={mode} /> : <LeafRow key={index} {...own} mode={mode} />
        })}
      </Stack>
      {!disabled && (
        <Group
          gap={4} mt={8} className={classes.foot ?? ''} data-drop={drag.from !== null && drag.to !== null && placeKey(drag.to) === placeKey(end) ? 'before' : undefined}
          onDragOver={event => {
            if (drag.from === null) return
            event.preventDefault()
            event.stopPropagation()
            drag.over(end)
          }}
          onDrop={event => {
            event.preventDefault()
            event.stopPropagation()
            drag.drop()
          }}
        >
          <SubjectMenu
            groups={subjects} onChoose={subject => add(place, newLeaf(subject, vocabulary))}
            target={toggle => <Button variant="light" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={toggle} aria-haspopup="listbox">{t('add_condition')}</Button>}
          />
          {depth < deepest && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => add(place, { any: [] })}>{t('add_group')}</Button>}
          <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('paste.button')} title={t('paste.button')} onClick={() => paste(place)}><IconClipboardPlus size={15} stroke={1.7} /></ActionIcon>
        </Group>
      )}
    </Box>
  )
}
