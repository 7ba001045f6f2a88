import { Menu } from '@mantine/core'
import { DatePicker } from '@mantine/dates'
import { useTranslation } from 'react-i18next'
import { nextDay } from '../../shared/local-time.ts'
import { dayWords, nextMonday, useToday } from './task-words.tsx'

/** Another day, at the same time of day. */
export function PostponeMenu({ children, onChoose }: { children: React.ReactNode, onChoose: (day: string) => void }) {
  const { t, i18n } = useTranslation('activities')
  const today = useToday()
  return (
    <Menu position="bottom-end">
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onChoose(today)}>{t('to_today')}</Menu.Item>
        <Menu.Item onClick={() => onChoose(nextDay(today))} rightSection={<kbd>T</kbd>}>{t('to_tomorrow')}</Menu.Item>
        <Menu.Item onClick={() => onChoose(nextDay(today, 3))}>{t('in_three_days', { day: dayWords(nextDay(today, 3), today, i18n.language) })}</Menu.Item>
        <Menu.Item onClick={() => onChoose(nextMonday(today))} rightSection={<kbd>W</kbd>}>{t('to_next_week')}</Menu.Item>
        <Menu.Divider />
        <DatePicker size="xs" minDate={today} onChange={day => day !== null && onChoose(day)} />
      </Menu.Dropdown>
    </Menu>
  )
}
