import type { ReactNode } from 'react'
import { Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'

const icons = { blocking: IconCircleX, error: IconCircleX, warning: IconAlertTriangle, info: IconInfoCircle, good: IconCircleCheck }
const colours = { blocking: 'red', error: 'red', warning: 'amber.6', info: 'dimmed', good: 'pine' }
export type LineLevel = keyof typeof icons

/** One line of a check, with a mark of how serious it is. */
export function CheckLine({ level, children }: { level: LineLevel, children: ReactNode }) {
  const Icon = icons[level]
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <Text c={colours[level]} lh={1} pt={2}><Icon size={17} stroke={1.7} aria-hidden /></Text>
      <Text size="sm" component="div" style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>{children}</Text>
    </Group>
  )
}
