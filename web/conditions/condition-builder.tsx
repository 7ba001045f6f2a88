import { createContext, useContext, useEffect, useRef, useState } from 'react'
import { ActionIcon, Badge, Box, Button, Group, JsonInput, Menu, Select, Skeleton, Stack, Text } from '@mantine/core'
import { IconBraces, IconCopy, IconDots, IconForms, IconPlus, IconTrash, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition, ConditionLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import type { FieldError } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { asShown, fieldKindOf, isCompleteLeaf, newLeaf, partPath, readGroup, readLeaf, subjectOf, writeGroup } from './condition-tree.ts'
import type { Group as ConditionGroup, GroupMode } from './condition-tree.ts'
import { EventEditor } from './event-editor.tsx'
import { FieldEditor } from './field-editor.tsx'
import { ConsentEditor, MailEditor, SegmentEditor, TagEditor } from './other-editors.tsx'
import type { JourneyMail } from './other-editors.tsx'
import { SubjectButton, SubjectMenu } from './subject-select.tsx'
import { useLabels, useSubjects, useVocabulary } from './vocabulary.ts'
import type { Labels, SubjectGroup } from './vocabulary.ts'
import classes from './conditions.module.css'

type Props = {
  value: Condition
  onChange: (condition: Condition) => void
  /** of the server's answer; shown at the row they name */
  errors?: FieldError[]
  /** what the paths of the errors begin with */
  path?: string
  /** in a journey: its mails, so that a condition can ask how people reacted to them */
  mails?: JourneyMail[]
  /** a segment that must not be offered, being the one edited */
  excludeSegment?: number | undefined
  disabled?: boolean
}

type Surroundings = {
  vocabulary: ConditionVocabulary
  subjects: SubjectGroup[]
  labels: Labels
  errors: FieldError[]
  mails: JourneyMail[]
  excludeSegment: number | undefined
  disabled: boolean
}
const SurroundingsContext = createContext<Surroundings | null>(null)

function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext)
  if (surroundings === null) throw new Error('rows of conditions stand inside a ConditionBuilder')
  return surroundings
}

/** Builds a condition from groups and rows that read like sentences; the same condition can be edited as JSON. */
export function ConditionBuilder(props: Props) {
  const vocabulary = useVocabulary()
  const { t } = useTranslation('conditions')
  if (vocabulary.isPending) return <Stack gap="xs" aria-busy><Skeleton h={34} /><Skeleton h={34} /></Stack>
  if (vocabulary.isError) return <Stack gap="xs"><Text size="sm">{t('vocabulary_failed')}</Text><ErrorNotice error={vocabulary.error} retry={() => void vocabulary.refetch()} /></Stack>
  return <Builder {...props} vocabulary={vocabulary.data} />
}

function Builder({ value, onChange, errors = [], path = 'condition', mails = [], excludeSegment, disabled = false, vocabulary }: Props & { vocabulary: ConditionVocabulary }) {
  const { t } = useTranslation('conditions')
  const [asJson, setAsJson] = useState(false)
  const subjects = useSubjects(vocabulary, mails.length > 0)
  const labels = useLabels(vocabulary)
  const shown = asShown(value)
  return (
    <SurroundingsContext value={{ vocabulary, subjects, labels, errors, mails, excludeSegment, disabled }}>
      <Stack gap="xs">
        {asJson ? <JsonEditor value={shown} onChange={onChange} disabled={disabled} /> : <GroupEditor value={shown} path={path} depth={1} onChange={onChange} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" size="compact-xs" leftSection={asJson ? <IconForms size={14} /> : <IconBraces size={14} />} onClick={() => setAsJson(!asJson)}>
            {t(asJson ? 'json.hide' : 'json.show')}
          </Button>
        </Group>
      </Stack>
    </SurroundingsContext>
  )
}

function JsonEditor({ value, onChange, disabled }: { value: Condition, onChange: (condition: Condition) => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  const [text, setText] = useState(() => JSON.stringify(value, null, 2))
  const [wrong, setWrong] = useState(false)
  return (
    <JsonInput
      label={t('json.label')} value={text} autosize minRows={6} maxRows={26} disabled={disabled} spellCheck={false} error={wrong ? t('json.wrong') : null} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      onChange={(next) => {
        setText(next)
        const parsed = parseTree(next)
        setWrong(parsed === null)
        if (parsed !== null) onChange(parsed)
      }}
    />
  )
}

/** Only what has the shape of a tree is let through: the server says what else is wrong. */
function parseTree(text: string): Condition | null {
  const isTree = (node: unknown, depth = 1): boolean => {
    if (typeof node !== 'object' || node === null || Array.isArray(node) || depth > 12) return false
    const entries = node as Record<string, unknown>
    for (const key of ['all', 'any']) if (key in entries) return Array.isArray(entries[key]) && (entries[key] as unknown[]).every(part => isTree(part, depth + 1))
    if ('not' in entries) return isTree(entries['not'], depth + 1)
    return ['field', 'event', 'consent', 'tag', 'segment', 'mail_step'].some(key => key in entries)
  }
  try {
    const parsed: unknown = JSON.parse(text)
    return isTree(parsed) ? parsed as Condition : null
  } catch {
    return null
  }
}

const modes: GroupMode[] = ['all', 'any', 'none', 'not_all']

function GroupEditor({ value, path, depth, onChange, onRemove }: { value: Condition, path: string, depth: number, onChange: (condition: Condition) => void, onRemove?: () => void }) {
  const { t } = useTranslation('conditions')
  const { vocabulary, subjects, disabled } = useSurroundings()
  const group: ConditionGroup = readGroup(value) ?? { mode: 'all', parts: [value] }
  // A row that was just added takes the keyboard, so that one goes on typing.
  const [added, setAdded] = useState<number | null>(null)
  const write = (parts: Condition[]) => onChange(writeGroup({ ...group, parts }))
  const set = (index: number, part: Condition) => write(group.parts.map((old, at) => at === index ? part : old))
  const remove = (index: number) => write(group.parts.filter((_, at) => at !== index))
  return (
    <Box className={classes.group} data-depth={Math.min(depth, 4)} role="group" aria-label={t(`groups.${group.mode}`)}>
      <Group gap={6} justify="space-between" wrap="nowrap">
        <Select
          size="xs" w={250} maw="100%" variant="unstyled" fw={600} allowDeselect={false} disabled={disabled} aria-label={t('groups.mode')} classNames={{ input: classes.mode ?? '' }}
          data={modes.filter(mode => mode !== 'not_all' || group.mode === 'not_all').map(mode => ({ value: mode, label: t(`groups.${mode}`) }))}
          value={group.mode} onChange={mode => mode !== null && onChange(writeGroup({ ...group, mode: mode as GroupMode }))}
        />
        {onRemove !== undefined && !disabled && <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('groups.remove')} title={t('groups.remove')} onClick={onRemove}><IconTrash size={15} stroke={1.7} /></ActionIcon>}
      </Group>
      {group.parts.length === 0 && <Text size="sm" c="dimmed" py={4}>{t(group.mode === 'any' || group.mode === 'not_all' ? 'groups.empty_any' : 'groups.empty_all')}</Text>}
      <Stack gap={6}>
        {group.parts.map((part, index) => readGroup(part) !== null || readLeaf(part) === null
          ? <GroupEditor key={index} value={part} path={partPath(path, group.mode, index)} depth={depth + 1} onChange={changed => set(index, changed)} onRemove={() => remove(index)} />
          : (
              <LeafRow
                key={index} value={part} path={partPath(path, group.mode, index)} onChange={changed => set(index, changed)} onRemove={() => remove(index)}
                onDuplicate={() => write([...group.parts.slice(0, index + 1), part, ...group.parts.slice(index + 1)])} canWrap={depth < 8} takesFocus={added === index}
              />
            ))}
      </Stack>
      {!disabled && (
        <Group gap={4} mt={8}>
          <SubjectMenu
            groups={subjects} onChoose={(subject) => {
              setAdded(group.parts.length)
              write([...group.parts, newLeaf(subject, vocabulary)])
            }}
            target={toggle => <Button variant="light" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={toggle} aria-haspopup="listbox">{t('add_condition')}</Button>}
          />
          {depth < 8 && <Button variant="subtle" color="gray" size="compact-sm" onClick={() => write([...group.parts, { any: [] }])}>{t('add_group')}</Button>}
        </Group>
      )}
    </Box>
  )
}

type RowProps = { value: Condition, path: string, onChange: (condition: Condition) => void, onRemove: () => void, onDuplicate: () => void, canWrap: boolean, takesFocus: boolean }

function LeafRow({ value, path, onChange, onRemove, onDuplicate, canWrap, takesFocus }: RowProps) {
  const { t } = useTranslation('conditions')
  const surroundings = useSurroundings()
  const { vocabulary, subjects, labels, errors, disabled } = surroundings
  const read = readLeaf(value)
  // What is not filled in yet is marked once somebody has had the time to fill it in.
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), 2500)
    return () => clearTimeout(timer)
  }, [])
  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!takesFocus) return
    // After the menu it was chosen from has given the keyboard back.
    const timer = setTimeout(() => (row.current?.querySelector<HTMLElement>('input:not([readonly], [type=hidden])') ?? row.current?.querySelector<HTMLElement>('input:not([type=hidden])'))?.focus(), 60)
    return () => clearTimeout(timer)
  }, [takesFocus])
  if (read === null) return null
  const { leaf, negated } = read
  const write = (changed: ConditionLeaf) => onChange(negated ? { not: changed } : changed)
  const problems = errors.filter(error => error.field === path || error.field.startsWith(`${path}.`))
  const isGone = 'field' in leaf && fieldKindOf(leaf.field, vocabulary) === undefined
  const incomplete = !isGone && isSettled && !isCompleteLeaf(leaf, vocabulary)
  const subject = subjectOf(leaf)
  const subjectLabel = 'field' in leaf ? labels.field(leaf.field) : 'event' in leaf ? labels.event(leaf.event) : t(`subjects.${subject}`)
  return (
    <Box ref={row} className={classes.row} data-problem={problems.length > 0 || isGone || undefined} data-incomplete={incomplete || undefined}>
      <Group gap={6} align="center" flex={1} miw={0}>
        {negated && (
          <Badge
            color="red" tt="none"
            rightSection={!disabled && <ActionIcon size={14} variant="transparent" color="red" aria-label={t('row.affirm')} onClick={() => onChange(leaf)}><IconX size={12} /></ActionIcon>}
          >
            {t('row.not')}
          </Badge>
        )}
        <SubjectButton label={subjectLabel} groups={subjects} disabled={disabled} onChoose={chosen => chosen !== subject && write(newLeaf(chosen, vocabulary))} />
        <LeafEditor leaf={leaf} surroundings={surroundings} onChange={write} />
        {incomplete && <Text size="xs" c="amber.7">{t('row.incomplete')}</Text>}
        {isGone && 'field' in leaf && <Text size="xs" c="red">{t('row.unknown_field', { field: leaf.field })}</Text>}
        {problems.map(problem => <Text key={problem.field + problem.message} size="xs" c="red" w="100%" role="alert">{problem.message}</Text>)}
      </Group>
      {!disabled && (
        <Group gap={0} wrap="nowrap" className={classes.actions ?? ''}>
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="subtle" color="gray" size={28} aria-label={t('row.more')}><IconDots size={16} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconCopy size={15} />} onClick={onDuplicate}>{t('row.duplicate')}</Menu.Item>
              <Menu.Item onClick={() => onChange(negated ? leaf : { not: leaf })}>{t(negated ? 'row.affirm' : 'row.negate')}</Menu.Item>
              {canWrap && <Menu.Item onClick={() => onChange({ any: [value] })}>{t('row.wrap')}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
          <ActionIcon variant="subtle" color="gray" size={28} aria-label={`${t('row.remove')}: ${subjectLabel}`} title={t('row.remove')} onClick={onRemove}><IconTrash size={15} stroke={1.7} /></ActionIcon>
        </Group>
      )}
    </Box>
  )
}

function LeafEditor({ leaf, surroundings, onChange }: { leaf: ConditionLeaf, surroundings: Surroundings, onChange: (leaf: ConditionLeaf) => void }) {
  const { vocabulary, mails, excludeSegment, disabled } = surroundings
  const shared = { vocabulary, disabled, onChange }
  if ('field' in leaf) return <FieldEditor leaf={leaf} {...shared} />
  if ('event' in leaf) return <EventEditor leaf={leaf} {...shared} />
  if ('consent' in leaf) return <ConsentEditor leaf={leaf} {...shared} />
  if ('tag' in leaf) return <TagEditor leaf={leaf} {...shared} />
  if ('segment' in leaf) return <SegmentEditor leaf={leaf} {...shared} exclude={excludeSegment} />
  if (!('mail_step' in leaf)) return null
  return <MailEditor leaf={leaf} mails={mails} disabled={disabled} onChange={onChange} />
}
