import { ActionIcon, Menu } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconBox, IconBoxOff, IconCopy, IconCopyPlus, IconCornerDownRight, IconCornerLeftDown, IconDots, IconGripVertical, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import { depthOf, dissolve, insertAt, moveBy, readGroup, readLeaf, removeAt, replaceAt } from './condition-tree.ts'
import type { Direction, Place } from './condition-tree.ts'
import { placeKey, useSurroundings } from './surroundings.ts'
import classes from './conditions.module.css'

const deepestGroup = 9

const directions = [['up', IconArrowUp], ['down', IconArrowDown], ['into', IconCornerDownRight], ['out', IconCornerLeftDown]] as const
const arrows: Record<string, Direction> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'out', ArrowRight: 'into' }

/** What is dragged, and what takes Alt with an arrow key. */
export function Grip({ place, name }: { place: Place, name: string }) {
  const { t } = useTranslation('conditions')
  const { drag, move } = useSurroundings()
  return (
    <ActionIcon
      variant="transparent" color="gray" size={24} className={classes.grip ?? ''} draggable data-grip={placeKey(place)} aria-label={t('row.grip', { what: name })} title={t('row.grip_hint')} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Alt+ArrowLeft Alt+ArrowRight"
      onDragStart={event => {
        event.stopPropagation()
        event.dataTransfer.effectAllowed = 'move'
        event.dataTransfer.setData('text/plain', name)
        drag.start(place)
      }}
      onDragEnd={drag.end}
      onKeyDown={event => {
        const direction = arrows[event.key]
        if (!event.altKey || direction === undefined) return
        event.preventDefault()
        move(place, direction)
      }}
    >
      <IconGripVertical size={15} stroke={1.7} />
    </ActionIcon>
  )
}

/** Everything that can be done with a line or a group as a whole. */
export function PartActions({ part, place, name }: { part: Condition, place: Place, name: string }) {
  const { t } = useTranslation('conditions')
  const { root, write, move, copy } = useSurroundings()
  const leaf = readLeaf(part)
  const isGroup = readGroup(part) !== null
  const index = place.at(-1) ?? 0
  return (
    <div className={classes.actions}>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="subtle" color="gray" size={28} aria-label={`${t('row.more')}: ${name}`} title={t('row.more')}><IconDots size={16} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {directions.map(([direction, DirectionIcon]) => moveBy(root, place, direction) !== null && (
            <Menu.Item key={direction} leftSection={<DirectionIcon size={15} />} onClick={() => move(place, direction)}>{t(`row.${direction}`)}</Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconCopyPlus size={15} />} onClick={() => write(insertAt(root, [...place.slice(0, -1), index + 1], part))}>{t('row.duplicate')}</Menu.Item>
          <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => copy(part)}>{t('row.copy')}</Menu.Item>
          {place.length + depthOf(part) < deepestGroup && <Menu.Item leftSection={<IconBox size={15} />} onClick={() => write(replaceAt(root, place, { any: [part] }))}>{t('row.wrap')}</Menu.Item>}
          {isGroup && <Menu.Item leftSection={<IconBoxOff size={15} />} onClick={() => write(dissolve(root, place))}>{t('row.unwrap')}</Menu.Item>}
          {leaf !== null && <Menu.Item onClick={() => write(replaceAt(root, place, leaf.negated ? leaf.leaf : { not: leaf.leaf }))}>{t(leaf.negated ? 'row.affirm' : 'row.negate')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <ActionIcon variant="subtle" color="gray" size={28} aria-label={isGroup ? t('groups.remove') : `${t('row.remove')}: ${name}`} title={t(isGroup ? 'groups.remove' : 'row.remove')} onClick={() => write(removeAt(root, place))}><IconTrash size={15} stroke={1.7} /></ActionIcon>
    </div>
  )
}

/** Where a part being dragged would be put: before this one or after it, by the half the pointer is in. */
export function useDropOn(place: Place) {
  const { drag } = useSurroundings()
  const index = place.at(-1) ?? 0
  const after = [...place.slice(0, -1), index + 1]
  const isAt = (to: Place) => drag.to !== null && placeKey(drag.to) === placeKey(to)
  return {
    'data-drop': drag.from === null ? undefined : isAt(place) ? 'before' : isAt(after) ? 'after' : undefined,
    onDragOver: (event: React.DragEvent<HTMLElement>) => {
      if (drag.from === null) return
      event.preventDefault()
      event.stopPropagation()
      const box = event.currentTarget.getBoundingClientRect()
      drag.over(event.clientY < box.top + box.height / 2 ? place : after)
    },
    onDrop: (event: React.DragEvent<HTMLElement>) => {
      event.preventDefault()
      event.stopPropagation()
      drag.drop()
    },
  }
}
