import { useEffect, useRef, useState } from 'react'
import { ActionIcon, Badge, Box, Group, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition, ConditionLeaf } from '../../shared/conditions.ts'
import { serverWords } from '../ui/server-words.ts'
import { fieldKindOf, readLeaf, replaceAt } from './condition-tree.ts'
import type { GroupMode, Place } from './condition-tree.ts'
import { EventEditor } from './event-editor.tsx'
import { FieldEditor } from './field-editor.tsx'
import { isCompleteLeaf, newLeaf, subjectOf } from './leaves.ts'
import { ConsentEditor, CouponEditor, JourneyEditor, MailEditor, SegmentEditor, TagEditor, TopicReactionEditor } from './other-editors.tsx'
import { Grip, PartActions, useDropOn } from './part-menu.tsx'
import { RecordEditor } from './record-editor.tsx'
import { SentMailEditor } from './sent-mail-editor.tsx'
import { StepNumber } from './step-number.tsx'
import { SubjectButton } from './subject-select.tsx'
import { placeKey, useSurroundings } from './surroundings.ts'
import classes from './conditions.module.css'

type Props = { value: Condition, path: string, place: Place, mode: GroupMode }

/** One line: what it is about, how it compares, and the number it leaves or adds. */
export function LeafRow({ value, path, place, mode }: Props) {
  const { t } = useTranslation('conditions')
  const { vocabulary, subjects, labels, errors, disabled, root, write, added } = useSurroundings()
  const read = readLeaf(value)
  // What is not filled in yet is marked once somebody has had the time to fill it in.
  const [isSettled, setSettled] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), 2500)
    return () => clearTimeout(timer)
  }, [])
  const row = useRef<HTMLDivElement>(null)
  const takesFocus = added === placeKey(place)
  useEffect(() => {
    if (!takesFocus) return
    // After the menu it was chosen from has given the keyboard back.
    const timer = setTimeout(() => (row.current?.querySelector<HTMLElement>('input:not([readonly], [type=hidden])') ?? row.current?.querySelector<HTMLElement>('input:not([type=hidden])'))?.focus(), 60)
    return () => clearTimeout(timer)
  }, [takesFocus])
  const drop = useDropOn(place)
  if (read === null) return null
  const { leaf, negated } = read
  const change = (changed: ConditionLeaf) => write(replaceAt(root, place, negated ? { not: changed } : changed), placeKey(place))
  const problems = errors.filter(error => error.field === path || error.field.startsWith(`${path}.`))
  const isGone = 'field' in leaf && fieldKindOf(leaf.field, vocabulary) === undefined
  const incomplete = !isGone && isSettled && !isCompleteLeaf(leaf, vocabulary)
  const subject = subjectOf(leaf)
  // In the menu a mail is called by all it may be of; the line goes on to say which it is.
  const name = 'field' in leaf ? labels.field(leaf.field) : 'event' in leaf ? labels.event(leaf.event) : 'mail' in leaf ? t('mail.step') : t(`subjects.${subject.replace(':', '_')}`)
  return (
    <Box ref={row} className={classes.row} data-place={placeKey(place)} data-problem={problems.length > 0 || isGone || undefined} data-incomplete={incomplete || undefined} {...drop}>
      {!disabled && <Grip place={place} name={name} />}
      <Group gap={6} align="center" flex={1} miw={0}>
        {negated && (
          <Badge color="red" tt="none" rightSection={!disabled && <ActionIcon size={14} variant="transparent" color="red" aria-label={t('row.affirm')} onClick={() => write(replaceAt(root, place, leaf))}><IconX size={12} /></ActionIcon>}>
            {t('row.not')}
          </Badge>
        )}
        <SubjectButton label={name} groups={subjects} disabled={disabled} onChoose={chosen => chosen !== subject && change(newLeaf(chosen, vocabulary))} />
        <LeafEditor leaf={leaf} onChange={change} />
        {incomplete && <Text size="xs" c="amber.7">{t('row.incomplete')}</Text>}
        {isGone && 'field' in leaf && <Text size="xs" c="red">{t('row.unknown_field', { field: leaf.field })}</Text>}
        {problems.map(problem => <Text key={problem.field + problem.message} size="xs" c="red" w="100%" role="alert">{serverWords(problem.message)}</Text>)}
      </Group>
      <div className={classes.end}>
        <StepNumber path={path} mode={mode} />
        {!disabled && <PartActions part={value} place={place} name={name} />}
      </div>
    </Box>
  )
}

function LeafEditor({ leaf, onChange }: { leaf: ConditionLeaf, onChange: (leaf: ConditionLeaf) => void }) {
  const { vocabulary, mails, excludeSegment, disabled } = useSurroundings()
  const shared = { vocabulary, disabled, onChange }
  if ('field' in leaf) return <FieldEditor leaf={leaf} {...shared} />
  if ('event' in leaf) return <EventEditor leaf={leaf} {...shared} inJourney={mails !== undefined} />
  if ('related' in leaf) return <RecordEditor leaf={leaf} {...shared} />
  if ('mail' in leaf) return <SentMailEditor leaf={leaf} {...shared} />
  if ('coupon' in leaf) return <CouponEditor leaf={leaf} {...shared} />
  if ('topic_reaction' in leaf) return <TopicReactionEditor leaf={leaf} {...shared} />
  if ('consent' in leaf) return <ConsentEditor leaf={leaf} {...shared} />
  if ('tag' in leaf) return <TagEditor leaf={leaf} {...shared} />
  if ('segment' in leaf) return <SegmentEditor leaf={leaf} {...shared} exclude={excludeSegment} />
  if ('journey' in leaf) return <JourneyEditor leaf={leaf} {...shared} />
  return <MailEditor leaf={leaf} mails={mails ?? []} disabled={disabled} onChange={onChange} />
}
