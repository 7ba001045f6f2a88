import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { Popover, ScrollArea, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconArrowForward, IconClipboardText, IconSearch } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useEditor } from './editor.ts'
import type { StepKind } from './graph.ts'
import { outline, possibleTargets } from './outline.ts'
import { stepLook, stepMenu } from './step-look.ts'
import { targetOf } from './ways.ts'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

type Row = { id: string, group: string, name: string, help: string, icon: Icon, color: string, choose: () => void, kind?: StepKind }

/** The list of steps beside the "+" that asked for it. */
export function StepMenu({ asked, onClose }: { asked: { place: Place, box: DOMRect } | null, onClose: () => void }) {
  const { t } = useTranslation('journeys')
  return (
    <Popover opened={asked !== null} onChange={opened => !opened && onClose()} position="bottom" width={340} shadow="md" withRoles={false} trapFocus returnFocus withinPortal>
      <Popover.Target><div style={{ position: 'fixed', pointerEvents: 'none', left: asked?.box.left ?? 0, top: asked?.box.top ?? 0, width: asked?.box.width ?? 0, height: asked?.box.height ?? 0 }} /></Popover.Target>
      <Popover.Dropdown p={6} className="nowheel" role="dialog" aria-label={t('add_step')}>{asked && <StepChoices place={asked.place} onDone={onClose} />}</Popover.Dropdown>
    </Popover>
  )
}

/**
 * Every kind of step with a line that says what it does, found by typing; at an open end also where else the way may
 * lead. Without a place it is the palette: a step is dragged from it onto a way, or put behind what is selected.
 */
export function StepChoices({ place, onDone, onChoose }: { place: Place | null, onDone: () => void, onChoose?: (kind: StepKind) => void }) {
  const { t } = useTranslation('journeys')
  const { graph, words, addStep, leadTo, pasteSteps } = useEditor()
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const isOpen = place === null || targetOf(graph, place) === null
  const rows: Row[] = stepMenu.filter(({ group }) => isOpen || group !== 'finish').flatMap(({ group, kinds }) => kinds.map((kind): Row => ({
    id: kind, group: t(`groups.${group}`), name: t(`kinds.${kind}`), help: t(`kind_help.${kind}`), icon: stepLook[kind].icon, color: stepLook[kind].color, kind,
    choose: () => onChoose ? onChoose(kind) : place && addStep(place, kind),
  })))
  if (place !== null && isOpen) {
    const numbers = new Map(outline(graph).flatMap(row => row.kind === 'step' ? [[row.key, row.number] as const] : []))
    for (const key of possibleTargets(graph, place)) {
      rows.push({ id: `to ${key}`, group: t('groups.go_on_at'), name: `${numbers.get(key)}. ${words.title(graph.steps[key]!)}`, help: words.summary(graph.steps[key]!, graph) ?? t('not_chosen'), icon: IconArrowForward, color: 'gray', choose: () => leadTo(place, key) })
    }
  }
  if (place !== null) rows.push({ id: 'paste', group: t('groups.clipboard'), name: t('paste_here'), help: t('paste_help'), icon: IconClipboardText, color: 'gray', choose: () => pasteSteps(place) })
  const sought = search.trim().toLowerCase()
  const found = rows.filter(row => sought === '' || row.name.toLowerCase().includes(sought) || row.help.toLowerCase().includes(sought)).slice(0, 80)
  const index = Math.min(at, found.length - 1)
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [index])
  const choose = (row: Row) => { row.choose(); onDone() }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setAt((index + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % Math.max(1, found.length))
    }
    if (event.key === 'Enter' && found[index]) {
      event.preventDefault()
      choose(found[index])
    }
  }
  return (
    <>
      <TextInput
        data-autofocus size="sm" mb={6} leftSection={<IconSearch size={15} />} placeholder={t('find_kind')} aria-label={t('find_kind')} role="combobox" aria-expanded aria-controls="step-kinds" aria-activedescendant={found[index] ? `kind-${index}` : undefined}
        value={search} onChange={(event) => { setSearch(event.currentTarget.value); setAt(0) }} onKeyDown={onKeyDown}
      />
      <ScrollArea.Autosize mah={place === null ? 'min(560px, 58dvh)' : 'min(400px, calc(50dvh - 100px))'} type="auto" offsetScrollbars="y">
        <div id="step-kinds" role="listbox" aria-label={t('add_step')} ref={list}>
          {found.map((row, position) => (
            <div key={row.id}>
              {row.group !== found[position - 1]?.group && <Text size="xs" c="dimmed" fw={500} px={8} pt={position === 0 ? 2 : 8} pb={2} role="presentation">{row.group}</Text>}
              <UnstyledButton
                id={`kind-${position}`} role="option" aria-selected={position === index} aria-label={row.name} tabIndex={-1} className={classes.choice ?? ''} draggable={place === null && row.kind !== undefined}
                onDragStart={event => { event.dataTransfer.setData('application/x-otklik-step', row.kind ?? ''); event.dataTransfer.effectAllowed = 'copy' }}
                onMouseMove={() => setAt(position)} onClick={() => choose(row)}
              >
                <row.icon size={17} stroke={1.7} style={{ flex: 'none', marginTop: 2 }} color={`var(--mantine-color-${row.color}-${row.color === 'gray' ? 6 : 5})`} aria-hidden />
                <span><Text size="sm" fw={500} lh={1.3}>{row.name}</Text><Text size="xs" c="dimmed" lh={1.3} lineClamp={2}>{row.help}</Text></span>
              </UnstyledButton>
            </div>
          ))}
          {found.length === 0 && <Text size="sm" c="dimmed" p={8}>{t('nothing_found')}</Text>}
        </div>
      </ScrollArea.Autosize>
    </>
  )
}
