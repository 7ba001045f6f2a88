import { useState } from 'react'
import type { KeyboardEvent } from 'react'
import { ActionIcon, Group, Paper, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useEditor } from './editor.ts'
import type { Selection } from './editor.ts'
import { outline } from './outline.ts'
import { stepLook } from './step-look.ts'
import classes from './journey.module.css'

/** Finds steps, goals and notes by what is written on them; Enter goes to the next one found. */
export function FindStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('journeys')
  const { graph, words, goTo } = useEditor()
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(-1)
  const sought = search.trim().toLowerCase()
  const all: { id: string, name: string, more: string, selection: Selection, kind?: keyof typeof stepLook }[] = [
    ...outline(graph).flatMap((row) => {
      if (row.kind !== 'step' && row.kind !== 'unreachable') return []
      const step = graph.steps[row.key]!
      const number = row.kind === 'step' ? `${row.number}. ` : ''
      return [{ id: row.key, name: `${number}${words.title(step)}`, more: [words.summary(step, graph), step.note, step.name === undefined ? undefined : t(`kinds.${step.kind}`)].filter(Boolean).join(' · '), selection: { kind: 'step' as const, key: row.key }, kind: step.kind }]
    }),
    ...(graph.goals ?? []).map(goal => ({ id: `goal ${goal.key}`, name: goal.name, more: t('goal'), selection: { kind: 'goal' as const, key: goal.key } })),
    ...(graph.notes ?? []).map(note => ({ id: `note ${note.key}`, name: note.text, more: t('sticky_note'), selection: { kind: 'note' as const, key: note.key } })),
  ]
  const found = sought === '' ? [] : all.filter(one => `${one.name} ${one.more}`.toLowerCase().includes(sought))
  const go = (index: number) => { setAt(index); if (found[index]) goTo(found[index].selection) }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') { event.stopPropagation(); onClose() }
    if (found.length === 0) return
    if (event.key === 'Enter' || event.key === 'ArrowDown') { event.preventDefault(); go((at + 1) % found.length) }
    if (event.key === 'ArrowUp') { event.preventDefault(); go((at + found.length - 1) % found.length) }
  }
  return (
    <Paper className={classes.find ?? ''} shadow="md" p={6} role="search">
      <Group gap={4} wrap="nowrap">
        <TextInput
          autoFocus size="xs" flex={1} leftSection={<IconSearch size={14} />} placeholder={t('find_step')} aria-label={t('find_step')} value={search} onKeyDown={onKeyDown}
          onChange={(event) => { setSearch(event.currentTarget.value); setAt(-1) }}
        />
        <Text size="xs" c="dimmed" miw={44} ta="center" role="status">{sought === '' ? '' : `${found.length === 0 ? 0 : Math.max(0, at) + 1} / ${found.length}`}</Text>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('close_find')} onClick={onClose}><IconX size={15} /></ActionIcon>
      </Group>
      {found.length > 0 && (
        <div className={classes.found}>
          {found.slice(0, 30).map((one, index) => {
            const StepIcon = one.kind === undefined ? IconSearch : stepLook[one.kind].icon
            return (
              <UnstyledButton key={one.id} className={classes.choice ?? ''} data-at={index === at || undefined} onClick={() => go(index)}>
                <StepIcon size={15} stroke={1.7} style={{ flex: 'none', marginTop: 2 }} aria-hidden />
                <span style={{ minWidth: 0 }}><Text size="sm" lh={1.3} truncate>{one.name}</Text><Text size="xs" c="dimmed" lh={1.3} truncate>{one.more}</Text></span>
              </UnstyledButton>
            )
          })}
        </div>
      )}
      {sought !== '' && found.length === 0 && <Text size="sm" c="dimmed" p={6}>{t('nothing_found')}</Text>}
    </Paper>
  )
}
