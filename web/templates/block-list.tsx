import { createContext, useContext, useEffect, useRef, useState } from 'react'
import type { DragEvent, KeyboardEvent } from 'react'
import { ActionIcon, Box, Collapse, Group, Stack, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconCopy, IconGripVertical, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { MailBlock, MailLocale } from '../../shared/templates.ts'
import { BlockForm } from './block-form.tsx'
import { blockIcons, BlockLook } from './block-look.tsx'
import { blockKinds, duplicateBlock, insertBlock, moveBlock, moveBy, newBlock, placeOf, removeBlock, replaceBlock } from './edit-document.ts'
import type { BlockKind, Place } from './edit-document.ts'
import classes from './templates.module.css'

type Drag = { new: BlockKind } | { move: string }
type Editing = {
  blocks: MailBlock[]
  set: (blocks: MailBlock[], tag?: string) => void
  selected: string | null
  select: (id: string | null) => void
  drag: Drag | null
  setDrag: (drag: Drag | null) => void
  drop: (place: Place) => void
  locale: MailLocale
  accent: string
  readOnly: boolean
  /** blocks something is wrong with */
  marked: ReadonlyMap<string, 'error' | 'warning' | 'info'>
}
const EditingContext = createContext<Editing | null>(null)
const useEditing = () => useContext(EditingContext)!

type Props = Pick<Editing, 'blocks' | 'set' | 'selected' | 'select' | 'locale' | 'accent' | 'readOnly' | 'marked'>

/** The blocks of one language: add from the palette by click or drag, move by drag or keyboard, edit the chosen one in place. */
export function BlockList(props: Props) {
  const { t } = useTranslation('templates')
  const [drag, setDrag] = useState<Drag | null>(null)
  const words = { heading: t('new.heading'), text: t('new.text'), button: t('new.button'), open: t('new.open') }
  const add = (kind: BlockKind, place: Place) => {
    const block = newBlock(kind, words)
    props.set(insertBlock(props.blocks, block, place))
    props.select(block.id)
  }
  const drop = (place: Place) => {
    if (drag === null) return
    if ('new' in drag) add(drag.new, place)
    else props.set(moveBlock(props.blocks, drag.move, place))
    setDrag(null)
  }
  /** After the chosen block, in its column too; columns only into the mail itself. */
  const addHere = (kind: BlockKind) => {
    const place = props.selected === null ? undefined : placeOf(props.blocks, props.selected)
    if (place === undefined) add(kind, { index: props.blocks.length })
    else if (kind === 'columns' && place.columnsId !== undefined) add(kind, { index: props.blocks.findIndex(block => block.id === place.columnsId) + 1 })
    else add(kind, { ...place, index: place.index + 1 })
  }
  return (
    <EditingContext value={{ ...props, drag, setDrag, drop }}>
      {!props.readOnly && (
        <Box className={classes.palette ?? ''} role="group" aria-label={t('palette')}>
          {blockKinds.map((kind) => {
            const Icon = blockIcons[kind]
            return (
              <UnstyledButton
                key={kind} className={classes.paletteItem ?? ''} draggable onClick={() => addHere(kind)}
                onDragStart={(event) => {
                  startDrag(event)
                  setDrag({ new: kind })
                }}
                onDragEnd={() => setDrag(null)}
              >
                <Icon size={18} stroke={1.6} aria-hidden style={{ flex: 'none' }} />
                <span>{t(`kinds.${kind}`)}</span>
              </UnstyledButton>
            )
          })}
        </Box>
      )}
      <Stack gap={0} role="list" aria-label={t('blocks')}>
        {props.blocks.map((block, index) => (
          <div key={block.id} role="listitem">
            <DropPlace place={{ index }} />
            <BlockCard block={block} />
          </div>
        ))}
        <DropPlace place={{ index: props.blocks.length }} last empty={props.blocks.length === 0} />
      </Stack>
    </EditingContext>
  )
}

function BlockCard({ block }: { block: MailBlock }) {
  const { t } = useTranslation('templates')
  const { blocks, set, selected, select, drag, setDrag, locale, accent, readOnly, marked } = useEditing()
  const ref = useRef<HTMLDivElement>(null)
  const chosen = selected === block.id
  const Icon = blockIcons[block.kind]
  const isNew = useRef(true)
  useEffect(() => {
    if (chosen && isNew.current) ref.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
    isNew.current = false
  }, [chosen])

  const remove = () => {
    set(removeBlock(blocks, block.id))
    if (chosen) select(null)
  }
  const duplicate = () => {
    const result = duplicateBlock(blocks, block.id)
    set(result.blocks)
    select(result.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || readOnly) return
    if (event.key === 'Enter' || event.key === ' ') select(chosen ? null : block.id)
    else if (event.altKey && event.key === 'ArrowUp') set(moveBy(blocks, block.id, -1))
    else if (event.altKey && event.key === 'ArrowDown') set(moveBy(blocks, block.id, 1))
    else if (event.key === 'Delete') remove()
    else return
    event.preventDefault()
  }
  return (
    <div ref={ref} className={classes.block} data-chosen={chosen || undefined} data-mark={marked.get(block.id)} data-dragged={(drag !== null && 'move' in drag && drag.move === block.id) || undefined}>
      <div className={classes.blockHead}>
        {!readOnly && (
          <span
            className={classes.grip} draggable title={t('drag')} aria-hidden
            onDragStart={(event) => {
              event.stopPropagation()
              startDrag(event, ref.current)
              setDrag({ move: block.id })
            }}
            onDragEnd={() => setDrag(null)}
          >
            <IconGripVertical size={16} stroke={1.6} />
          </span>
        )}
        <div
          className={classes.blockTitle} role="button" tabIndex={0} aria-expanded={chosen} aria-label={`${t(`kinds.${block.kind}`)}. ${t('keys')}`}
          onClick={() => select(chosen ? null : block.id)} onKeyDown={onKeyDown}
        >
          <Group gap={6} wrap="nowrap"><Icon size={15} stroke={1.7} aria-hidden /><Text size="xs" fw={500}>{t(`kinds.${block.kind}`)}</Text></Group>
        </div>
        {!readOnly && (
          <Group gap={0} wrap="nowrap" className={classes.blockActions ?? ''}>
            <Action label={t('up')} icon={IconArrowUp} onClick={() => set(moveBy(blocks, block.id, -1))} />
            <Action label={t('down')} icon={IconArrowDown} onClick={() => set(moveBy(blocks, block.id, 1))} />
            <Action label={t('duplicate')} icon={IconCopy} onClick={duplicate} />
            <Action label={t('remove')} icon={IconTrash} onClick={remove} />
          </Group>
        )}
      </div>
      {block.kind === 'columns'
        ? <Columns block={block} />
        : !(chosen && block.kind === 'text') && <div className={classes.blockLook} onClick={() => select(chosen ? null : block.id)}><BlockLook block={block} accent={accent} /></div>}
      <Collapse expanded={chosen && !readOnly}>
        {chosen && !readOnly && <div className={classes.blockForm}><BlockForm block={block} locale={locale} accent={accent} onChange={changed => set(replaceBlock(blocks, changed), `block ${block.id}`)} /></div>}
      </Collapse>
    </div>
  )
}

function Columns({ block }: { block: Extract<MailBlock, { kind: 'columns' }> }) {
  return (
    <div className={classes.columns} style={{ gridTemplateColumns: `repeat(${block.columns.length}, minmax(0, 1fr))` }}>
      {block.columns.map((leaves, column) => (
        // Columns have no identity but their number.
        // oxlint-disable-next-line react/no-array-index-key -- the lines have no other name and keep their order
        <div key={column} className={classes.column}>
          {leaves.map((leaf, index) => (
            <div key={leaf.id}>
              <DropPlace place={{ columnsId: block.id, column, index }} />
              <BlockCard block={leaf} />
            </div>
          ))}
          <DropPlace place={{ columnsId: block.id, column, index: leaves.length }} last empty={leaves.length === 0} />
        </div>
      ))}
    </div>
  )
}

function DropPlace({ place, last = false, empty = false }: { place: Place, last?: boolean, empty?: boolean }) {
  const { t } = useTranslation('templates')
  const { drag, drop, blocks } = useEditing()
  const [over, setOver] = useState(false)
  const isColumns = drag !== null && ('new' in drag ? drag.new === 'columns' : blocks.some(block => block.kind === 'columns' && block.id === drag.move))
  const fits = drag !== null && !(isColumns && place.columnsId !== undefined)
  return (
    <div
      className={classes.dropPlace} data-active={fits || undefined} data-over={(fits && over) || undefined} data-last={last || undefined} data-empty={empty || undefined}
      onDragOver={(event) => {
        if (!fits) return
        event.preventDefault()
        event.stopPropagation()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        if (!fits) return
        event.preventDefault()
        event.stopPropagation()
        setOver(false)
        drop(place)
      }}
    >
      {empty && <Text size="xs" c="dimmed" ta="center">{place.columnsId === undefined ? t('empty_mail') : t('empty_column')}</Text>}
    </div>
  )
}

function Action({ label, icon: ActionIconShape, onClick }: { label: string, icon: typeof IconCopy, onClick: () => void }) {
  return <Tooltip label={label}><ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={onClick}><ActionIconShape size={15} stroke={1.7} /></ActionIcon></Tooltip>
}

function startDrag(event: DragEvent, image: HTMLElement | null = null): void {
  event.dataTransfer.effectAllowed = 'copyMove'
  // Firefox begins no drag without data.
  event.dataTransfer.setData('text/plain', '')
  if (image) event.dataTransfer.setDragImage(image, 20, 16)
}
