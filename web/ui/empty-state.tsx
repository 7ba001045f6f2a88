import type { ReactNode } from 'react'
import { Group, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'

/** Where there is nothing yet: what this place is for, and what to do next. */
export function EmptyState({ icon: StateIcon = IconInbox, title, text, action }: { icon?: Icon, title: string, text?: ReactNode, action?: ReactNode }) {
  return (
    <Stack align="center" gap="sm" py={48} px="md" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light"><StateIcon size={26} stroke={1.5} aria-hidden /></ThemeIcon>
      <Title order={2} size="h3">{title}</Title>
      {text !== undefined && <Text c="dimmed" size="sm" maw={440} component="div">{text}</Text>}
      {action !== undefined && <Group justify="center" gap="xs" mt={4}>{action}</Group>}
    </Stack>
  )
}
