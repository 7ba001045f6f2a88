import { useEffect, useRef, useState } from 'react'
import { ActionIcon, Box, Button, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconArrowBackUp, IconArrowForwardUp, IconBraces, IconForms } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import type { FieldError } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { asText, copyCondition, readCopied, rememberCopied } from './clipboard.ts'
import { asShown, insertAt, moveBy, moveTo, partAt, readGroup } from './condition-tree.ts'
import type { Direction, Place } from './condition-tree.ts'
import { readCondition } from './condition-text.ts'
import { GroupEditor } from './group-editor.tsx'
import { JsonEditor } from './json-editor.tsx'
import type { JourneyMail } from './other-editors.tsx'
import { PasteDialog } from './paste-dialog.tsx'
import { useSubjects } from './subjects.ts'
import { placeKey, SurroundingsContext } from './surroundings.ts'
import type { Drag } from './surroundings.ts'
import { useHistory } from './use-history.ts'
import { usePreview } from './use-preview.ts'
import { useLabels, useVocabulary } from './vocabulary.ts'
import classes from './conditions.module.css'

type Props = {
  value: Condition
  onChange: (condition: Condition) => void
  /** of the server's answer; shown at the line they name */
  errors?: FieldError[]
  /** what the paths of the errors begin with */
  path?: string
  /** in a journey: its mails, so that a condition can ask how people reacted to them */
  mails?: JourneyMail[]
  /** a segment that must not be offered, being the one edited */
  excludeSegment?: number | undefined
  disabled?: boolean
}

/** Builds a condition from groups and lines that read like sentences, each with its number of people; the same condition can be edited as JSON. */
export function ConditionBuilder(props: Props) {
  const vocabulary = useVocabulary()
  const { t } = useTranslation('conditions')
  if (vocabulary.isPending) return <Stack gap="xs" aria-busy><Skeleton h={34} /><Skeleton h={34} /></Stack>
  if (vocabulary.isError) return <Stack gap="xs"><Text size="sm">{t('vocabulary_failed')}</Text><ErrorNotice error={vocabulary.error} retry={() => void vocabulary.refetch()} /></Stack>
  return <Builder {...props} vocabulary={vocabulary.data} />
}

const isTyping = (target: EventTarget): boolean => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement

function Builder({ value, onChange, errors = [], path = 'condition', mails, excludeSegment, disabled = false, vocabulary }: Props & { vocabulary: ConditionVocabulary }) {
  const { t } = useTranslation('conditions')
  const [asJson, setAsJson] = useState(false)
  const [added, setAdded] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const [pasteInto, setPasteInto] = useState<Place | null>(null)
  const subjects = useSubjects(vocabulary, (mails ?? []).length > 0)
  const labels = useLabels(vocabulary)
  const history = useHistory(value, onChange)
  const preview = usePreview(value, asJson)
  const root = asShown(value)
  const box = useRef<HTMLDivElement>(null)
  const gripToFocus = useRef<string | null>(null)
  useEffect(() => {
    if (gripToFocus.current === null) return
    box.current?.querySelector<HTMLElement>(`[data-grip="${gripToFocus.current}"]`)?.focus()
    gripToFocus.current = null
  }, [value])

  const settle = (moved: { condition: Condition, place: Place } | null) => {
    if (moved === null) return
    gripToFocus.current = placeKey(moved.place)
    history.write(moved.condition)
    const group = partAt(moved.condition, moved.place.slice(0, -1))
    setSaid(t('row.moved', { place: (moved.place.at(-1) ?? 0) + 1, of: group === undefined ? 1 : readGroup(group)?.parts.length ?? 1 }))
  }
  const insert = (group: Place, pasted: Condition) => {
    const target = partAt(root, group)
    const into = target === undefined ? null : readGroup(target)
    if (into === null) return
    const shown = asShown(pasted)
    const parts = readGroup(shown)?.mode === into.mode || readGroup(shown)?.parts.length === 1 ? readGroup(shown)?.parts ?? [] : [shown]
    history.write(insertAt(root, [...group, into.parts.length], ...parts))
    setSaid(t('paste.done'))
  }
  const drag = useDrag((from, to) => settle(moveTo(root, from, to)))
  const placeOf = (target: EventTarget): Place | null => {
    const key = target instanceof Element ? target.closest('[data-place]')?.getAttribute('data-place') ?? null : null
    return key === null ? null : key === '' ? [] : key.split('.').map(Number)
  }

  // Inside the builder the whole is called `condition`, as the preview calls it.
  const saved = errors.map(error => ({ ...error, field: error.field.replace(path, 'condition') }))
  const problems = [...saved, ...preview.problems.filter(problem => !saved.some(error => error.field === problem.field && error.message === problem.message))]
  return (
    <SurroundingsContext
      value={{
        vocabulary, subjects, labels, mails, excludeSegment, disabled, root, added, drag,
        errors: problems,
        numbers: preview.data === undefined || !preview.complete || preview.ofJourney || preview.isError ? null : { steps: new Map(preview.data.steps.map(step => [step.path, step.count])), exact: preview.data.steps_exact, isCurrent: preview.isCurrent, of: preview.data },
        write: history.write,
        move: (place: Place, direction: Direction) => settle(moveBy(root, place, direction)),
        add: (group, part) => {
          const place = [...group, readGroup(partAt(root, group) ?? root)?.parts.length ?? 0]
          setAdded(placeKey(place))
          history.write(insertAt(root, place, part))
        },
        copy: part => void copyCondition(part).then(() => notifyDone(t('row.copied'))),
        paste: group => void readCopied().then(found => found === null ? setPasteInto(group) : insert(group, found)),
      }}
    >
      <Stack
        gap="xs" ref={box}
        onKeyDown={event => {
          if (isTyping(event.target) || disabled || !(event.ctrlKey || event.metaKey)) return
          const again = event.code === 'KeyY' || (event.code === 'KeyZ' && event.shiftKey)
          const step = again ? history.redo : event.code === 'KeyZ' ? history.undo : null
          if (step === null) return
          event.preventDefault()
          event.stopPropagation()
          step()
        }}
        onCopy={event => {
          const place = placeOf(event.target)
          const part = place === null ? undefined : partAt(root, place)
          if (part === undefined || isTyping(event.target) || document.getSelection()?.isCollapsed === false) return
          event.preventDefault()
          event.stopPropagation()
          event.clipboardData.setData('text/plain', asText(part))
          rememberCopied(part)
          setSaid(t('row.copied'))
        }}
        onPaste={event => {
          const pasted = isTyping(event.target) || disabled ? null : readCondition(event.clipboardData.getData('text/plain'))
          const place = placeOf(event.target)
          if (pasted === null || place === null) return
          event.preventDefault()
          event.stopPropagation()
          insert(readGroup(partAt(root, place) ?? root) === null ? place.slice(0, -1) : place, pasted)
        }}
      >
        {asJson
          ? <JsonEditor value={root} onChange={next => history.write(next, 'json')} problems={preview.problems} isChecked={preview.isCurrent && preview.isSuccess} disabled={disabled} />
          : <GroupEditor value={root} path="condition" place={[]} around={null} />}
        <Group justify="space-between" gap="xs">
          <Box flex={1} miw={0}>
            {preview.ofJourney && <Text size="xs" c="dimmed">{t('numbers.not_here')}</Text>}
            {preview.isSuccess && preview.complete && !preview.data.steps_exact && preview.data.steps.length > 0 && <Text size="xs" c="dimmed">{t('numbers.steps_estimated')}</Text>}
          </Box>
          <Group gap={4}>
            {!disabled && (
              <>
                <ActionIcon className={classes.quiet ?? ''} variant="transparent" color="gray" size={26} disabled={history.undo === null} aria-label={t('history.undo')} title={t('history.undo')} onClick={() => history.undo?.()}><IconArrowBackUp size={16} stroke={1.7} /></ActionIcon>
                <ActionIcon className={classes.quiet ?? ''} variant="transparent" color="gray" size={26} disabled={history.redo === null} aria-label={t('history.redo')} title={t('history.redo')} onClick={() => history.redo?.()}><IconArrowForwardUp size={16} stroke={1.7} /></ActionIcon>
              </>
            )}
            <Button variant="subtle" color="gray" size="compact-xs" leftSection={asJson ? <IconForms size={14} /> : <IconBraces size={14} />} onClick={() => setAsJson(!asJson)}>
              {t(asJson ? 'json.hide' : 'json.show')}
            </Button>
          </Group>
        </Group>
        <VisuallyHidden role="status" aria-live="polite">{said}</VisuallyHidden>
        <PasteDialog
          opened={pasteInto !== null} onClose={() => setPasteInto(null)}
          onPaste={pasted => {
            if (pasteInto !== null) insert(pasteInto, pasted)
            setPasteInto(null)
          }}
        />
      </Stack>
    </SurroundingsContext>
  )
}

function useDrag(put: (from: Place, to: Place) => void): Drag {
  const [state, setState] = useState<{ from: Place | null, to: Place | null }>({ from: null, to: null })
  const end = () => setState({ from: null, to: null })
  return {
    ...state, end,
    start: from => setState({ from, to: null }),
    over: to => { if (state.to === null || placeKey(state.to) !== placeKey(to)) setState({ ...state, to }) },
    drop: () => {
      if (state.from !== null && state.to !== null) put(state.from, state.to)
      end()
    },
  }
}
