import { Group, Tooltip, UnstyledButton } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconMailOpened, IconPointer, IconSend, IconUser } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { memo } from 'react'
import type { JourneyReport } from '../../shared/journeys.ts'
import { useFormat } from '../ui/format.ts'
import { useActs } from './editor.ts'
import classes from './journey.module.css'

/** Live numbers of one step; each opens the people behind it. */
export const StepNumbers = memo(function StepNumbers({ step, numbers }: { step: string, numbers: JourneyReport['steps'][string] | undefined }) {
  const { t } = useTranslation('journeys')
  const { showPeople } = useActs()
  const format = useFormat()
  if (!numbers) return null
  const number = (what: string, value: number, NumberIcon: Icon, color?: string) => value === 0 && what !== 'here'
    ? null
    : (
        <Tooltip key={what} label={t(`numbers.${what}`, { count: value })}>
          <UnstyledButton
            className={`nodrag nopan ${classes.number ?? ''}`} c={color ?? 'dimmed'} aria-label={t(`numbers.${what}`, { count: value })}
            onClick={(event) => { event.stopPropagation(); showPeople(t(`people.${what}`), { step, what }) }}
          >
            <NumberIcon size={13} stroke={1.8} aria-hidden />{format.number(value)}
          </UnstyledButton>
        </Tooltip>
      )
  return (
    <Group gap={2} className={classes.numbers ?? ''}>
      {number('here', numbers.here, IconUser, numbers.here > 0 ? 'pine' : undefined)}
      {numbers.mails === null && number('passed', numbers.passed, IconCheck)}
      {numbers.mails !== null && number('sent', numbers.mails.sent, IconSend)}
      {numbers.mails !== null && number('opened', numbers.mails.opened, IconMailOpened)}
      {numbers.mails !== null && number('clicked', numbers.mails.clicked, IconPointer)}
      {number('failed', numbers.failed, IconAlertTriangle, 'red')}
    </Group>
  )
})
