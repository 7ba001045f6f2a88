import { Avatar, Group, Stack, Text } from '@mantine/core'

export function PersonCell({ name, email }: { name: string, email?: string | null }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Avatar size={30} name={name} color="initials" aria-hidden />
      <Stack gap={0} miw={0}>
        <Text size="sm" fw={500} truncate>{name}</Text>
        {email && email !== name && <Text size="xs" c="dimmed" truncate>{email}</Text>}
      </Stack>
    </Group>
  )
}
