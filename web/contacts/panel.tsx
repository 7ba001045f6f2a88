import type { ReactNode } from 'react'
import { Group, Paper, Title } from '@mantine/core'

/** A part of the card. */
export function Panel({ title, action, children }: { title: string, action?: ReactNode, children: ReactNode }) {
  return (
    <Paper component="section" p="md" aria-label={title}>
      <Group justify="space-between" mb={8} mih={26} wrap="nowrap">
        <Title order={3}>{title}</Title>
        {action}
      </Group>
      {children}
    </Paper>
  )
}
