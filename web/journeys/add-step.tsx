import { memo } from 'react'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useActs } from './editor.ts'
import { placeId } from './ways.ts'
import type { Place } from './ways.ts'
import classes from './journey.module.css'

/** The "+" on a way. A plain button: there are hundreds on a large canvas, and they share one list of steps. */
export const AddStep = memo(function AddStep({ step, outlet, open }: Place & { open: boolean }) {
  const { t } = useTranslation('journeys')
  const { askForStep, readOnly } = useActs()
  if (readOnly) return null
  return (
    <button
      type="button" className={`nodrag nopan ${classes.add}`} data-open={open || undefined} data-way={placeId({ step, outlet })} aria-label={t('add_step')} title={t('add_step')} aria-haspopup="listbox"
      onClick={(event) => { event.stopPropagation(); askForStep({ step, outlet }, event.currentTarget) }}
    >
      <IconPlus size={15} stroke={2} aria-hidden />
    </button>
  )
})
