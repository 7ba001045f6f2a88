import { Anchor, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { conditionOfStep } from '../../shared/condition-steps.ts'
import { useFormat } from '../ui/format.ts'
import type { GroupMode } from './condition-tree.ts'
import { useSurroundings } from './surroundings.ts'
import classes from './conditions.module.css'

/** Longer addresses are not sure to arrive. */
const longestLink = 6000

/** The number a part leaves or adds; leads to the people it counts. */
export function StepNumber({ path, mode }: { path: string, mode: GroupMode }) {
  const { t } = useTranslation('conditions')
  const format = useFormat()
  const { numbers, root } = useSurroundings()
  const count = numbers?.steps.get(path)
  if (numbers === null || count === undefined) return <span className={classes.number} aria-hidden />
  const adds = mode === 'any' || mode === 'not_all'
  const number = format.number(count)
  const label = `${t(adds ? 'numbers.adds' : 'numbers.left', { number })}${numbers.exact ? '' : ` (${t('numbers.about')})`}`
  const text = `${numbers.exact ? '' : '≈ '}${adds ? '+' : ''}${number}`
  const people = conditionOfStep(root, path)
  const link = people === undefined ? '' : `/contacts?filter=${encodeURIComponent(JSON.stringify('all' in people ? people.all : [people]))}`
  const look = { size: 'sm', c: count === 0 ? 'dimmed' : undefined, opacity: numbers.isCurrent ? 1 : 0.45, className: classes.number ?? '', title: label, 'aria-label': label, 'data-testid': `number-${path}` } as const
  return link === '' || link.length > longestLink || !numbers.isCurrent
    ? <Text component="span" {...look}>{text}</Text>
    : <Anchor href={link} target="_blank" {...look}>{text}</Anchor>
}
