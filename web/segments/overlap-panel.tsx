import { Anchor, Group, Progress, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SegmentDetail, SegmentOverlaps } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'

/** Whom this segment shares with others: each number leads to the people in both. */
export function OverlapPanel({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const overlap = useQuery({ queryKey: ['segment-overlaps', segment.id], queryFn: () => api.get<SegmentOverlaps>(`/segments/${segment.id}/overlaps`) })
  if (overlap.isError) return <ErrorNotice error={overlap.error} retry={() => void overlap.refetch()} />
  if (overlap.isPending) return <Stack aria-busy><Skeleton h={28} /><Skeleton h={28} /><Skeleton h={28} /></Stack>
  const { data, exact } = overlap.data
  if (data.length === 0) return <Text size="sm" c="dimmed">{t('overlap.none')}</Text>
  const both = (other: number) => `/contacts?filter=${encodeURIComponent(JSON.stringify([{ segment: segment.id, in: true }, { segment: other, in: true }]))}`
  return (
    <Stack gap="sm" maw={860}>
      <Text size="sm" c="dimmed">{t(exact ? 'overlap.hint' : 'overlap.hint_projected')}</Text>
      <Table.ScrollContainer minWidth={520}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('overlap.other')}</Table.Th>
              <Table.Th ta="right">{t('overlap.both')}</Table.Th>
              <Table.Th>{t('overlap.share_of_this')}</Table.Th>
              <Table.Th>{t('overlap.share_of_other')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map(other => (
              <Table.Tr key={other.id}>
                <Table.Td><Anchor component={Link} to={`/segments/${other.id}`} size="sm">{other.name}</Anchor></Table.Td>
                <Table.Td ta="right"><Anchor component={Link} to={both(other.id)} size="sm" fw={500}>{exact ? '' : '≈ '}{format.number(other.both)}</Anchor></Table.Td>
                <Table.Td><Share value={other.share_of_this} text={format.percent(other.share_of_this)} /></Table.Td>
                <Table.Td><Share value={other.share_of_other} text={format.percent(other.share_of_other)} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  )
}

function Share({ value, text }: { value: number, text: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress value={100 * value} w={90} size="sm" aria-hidden />
      <Text size="sm">{text}</Text>
    </Group>
  )
}
