import { Anchor, Badge, Group, Stack, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import i18next from 'i18next'
import { ApiError } from '../app/api.ts'
import type { FieldError } from '../app/api.ts'

/** Where each kind of thing has its page. */
const folders: Record<string, string> = { segment: 'segments', journey: 'journeys', campaign: 'campaigns', form: 'forms', import: 'imports', template: 'templates' }

/** What is built on something that was to be taken away, as the server names it: `journey:4` and the name. */
export function usesOf(error: unknown): { kind: string, path: string, name: string }[] {
  if (!(error instanceof ApiError) || error.code !== 'in_use') return []
  return error.errors.flatMap(({ field, message }: FieldError) => {
    const [, kind = '', id = ''] = /^([a-z]+):(\d+)$/.exec(field) ?? []
    const folder = folders[kind]
    return folder === undefined ? [] : [{ kind, path: `/${folder}/${id}`, name: message }]
  })
}

/** Says that it cannot be taken away, and leads to each thing that needs it. */
export function showUses(error: unknown): void {
  modals.open({
    title: <Text fw={600}>{i18next.t('app:in_use.title')}</Text>,
    children: (
      <Stack gap="xs">
        <Text size="sm">{i18next.t('app:in_use.text')}</Text>
        {usesOf(error).map(use => (
          <Group key={use.path} gap="xs" wrap="nowrap">
            <Badge color="gray" w={96} style={{ flexShrink: 0 }}>{i18next.t(`app:kinds.${use.kind}`)}</Badge>
            {/* Outside of the router, like every modal opened by itself. */}
            <Anchor href={use.path} size="sm">{use.name}</Anchor>
          </Group>
        ))}
      </Stack>
    ),
  })
}
