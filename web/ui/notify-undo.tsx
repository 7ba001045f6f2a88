import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'

/** What was done, with a button that undoes it. */
export function notifyUndo(message: string, label: string, undo: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="subtle" onClick={() => { notifications.hide(id); undo() }}>{label}</Button>
      </Group>
    ),
    color: 'pine', autoClose: 8000,
  })
}
