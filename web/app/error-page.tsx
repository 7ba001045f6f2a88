import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link, useRouteError } from 'react-router'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Stack align="flex-start" gap="sm" maw={520} py="xl">
      <Title order={1}>{t('not_found.title')}</Title>
      <Text c="dimmed">{t('not_found.text')}</Text>
      <Anchor component={Link} to="/">{t('not_found.back')}</Anchor>
    </Stack>
  )
}

/** A page broke while drawing, or its part of the program could not be loaded (a new release, no network). */
export function RouteErrorPage() {
  const { t } = useTranslation()
  const error = useRouteError()
  const words = error instanceof Error ? error.message : String(error)
  return (
    <Stack align="flex-start" gap="sm" maw={640} p="xl">
      <Title order={1}>{t('broken.title')}</Title>
      <Text c="dimmed">{t('broken.text')}</Text>
      <Text size="xs" ff="monospace" c="dimmed">{words}</Text>
      <Group>
        <Button onClick={() => window.location.reload()}>{t('broken.reload')}</Button>
        <Anchor href="/">{t('not_found.back')}</Anchor>
      </Group>
    </Stack>
  )
}
