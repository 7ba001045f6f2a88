import { Anchor, Badge, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SegmentDetail } from '../../shared/segments.ts'

const folders = { segment: 'segments', journey: 'journeys', campaign: 'campaigns', form: 'forms', import: 'imports', template: 'templates' } as const

export function UsedBy({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  if (segment.used_by.length === 0) return <Text size="sm" c="dimmed">{t('used.none')}</Text>
  return (
    <Stack gap="xs">
      {segment.used_by.map(use => (
        <Group key={`${use.kind}${use.id}`} gap="xs">
          <Badge color="gray" w={96}>{t(`app:kinds.${use.kind}`)}</Badge>
          <Anchor component={Link} to={`/${folders[use.kind]}/${use.id}`} size="sm">{use.name}</Anchor>
        </Group>
      ))}
    </Stack>
  )
}
