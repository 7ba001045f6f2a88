import { Button, Group, Paper, Stack, Table, Text, Title, UnstyledButton } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { JourneyFailure } from '../../shared/journeys.ts'
import { api } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { useStepName } from './changes-list.tsx'
import { useEditor } from './editor.ts'

/** What failed, by step and reason: once the cause is mended, all of them are tried again at once. */
export function Failures({ journeyId }: { journeyId: number }) {
  const { t } = useTranslation('journey_life')
  const { t: words } = useTranslation('journeys')
  const { graph, words: stepWords, showPeople, readOnly } = useEditor()
  const format = useFormat()
  const name = useStepName()
  const client = useQueryClient()
  const failures = useQuery({ queryKey: ['journey', journeyId, 'failures'], queryFn: ({ signal }) => api.get<{ data: JourneyFailure[] }>(`/journeys/${journeyId}/failures`, { signal }) })
  const retry = useMutation({
    mutationFn: ({ step, reason }: JourneyFailure) => api.post<{ retried: number }>(`/journeys/${journeyId}/retrials`, { step, reason }),
    onSuccess: ({ retried }) => { notifyDone(words('retried', { count: retried })); void client.invalidateQueries({ queryKey: ['journey', journeyId] }) },
    onError: notifyError,
  })
  const rows = failures.data?.data ?? []
  if (rows.length === 0) return null
  return (
    <Stack gap="xs">
      <Title order={3}>{t('failures.title')}</Title>
      <Text size="sm" c="dimmed">{t('failures.hint')}</Text>
      <Paper p={0}>
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{words('step')}</Table.Th><Table.Th>{t('failures.reason')}</Table.Th><Table.Th ta="right">{t('failures.people')}</Table.Th><Table.Td /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {rows.map(row => (
                <Table.Tr key={`${row.step} ${row.reason}`}>
                  <Table.Td><Text size="sm">{name(row.step, graph)}</Text></Table.Td>
                  <Table.Td><Text size="sm">{stepWords.reason(row.reason, graph)}</Text></Table.Td>
                  <Table.Td ta="right"><UnstyledButton fz="sm" c="pine" onClick={() => showPeople(name(row.step, graph), { step: row.step, what: 'failed', reason: row.reason })}>{format.number(row.people)}</UnstyledButton></Table.Td>
                  <Table.Td>{!readOnly && <Group justify="flex-end"><Button size="compact-xs" variant="light" leftSection={<IconRefresh size={13} />} loading={retry.isPending && retry.variables === row} onClick={() => retry.mutate(row)}>{words('retry')}</Button></Group>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </Stack>
  )
}
