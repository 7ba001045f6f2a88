import { useState } from 'react'
import { ActionIcon, Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { lostReasonsKey, useLostReasons } from './use-pipelines.ts'

/** The reasons of a loss, each change kept at once. */
export function LostReasonsPanel() {
  const { t } = useTranslation('deals')
  const may = useMay('administer')
  const client = useQueryClient()
  const reasons = useLostReasons()
  const [added, setAdded] = useState('')
  const save = useMutation({
    mutationFn: (next: string[]) => api.put('/lost-reasons', { reasons: next }),
    onSuccess: () => setAdded(''),
    onSettled: () => client.invalidateQueries({ queryKey: lostReasonsKey }),
  })
  const swap = (index: number, other: number) => save.mutate(reasons.with(index, reasons[other]!).with(other, reasons[index]!))
  return (
    <Paper p="md" withBorder>
      <Title order={3}>{t('lost_reasons.title')}</Title>
      <Text size="sm" c="dimmed" mb="sm">{reasons.length === 0 ? t('lost_reasons.empty') : t('lost_reasons.text')}</Text>
      <Stack gap={2} maw={560}>
        {reasons.map((reason, index) => (
          <Group key={reason} gap={4} wrap="nowrap" justify="space-between">
            <Text size="sm" miw={0}>{reason}</Text>
            {may && (
              <Group gap={2} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" aria-label={t('lost_reasons.up', { name: reason })} disabled={index === 0 || save.isPending} onClick={() => swap(index, index - 1)}><IconArrowUp size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('lost_reasons.down', { name: reason })} disabled={index === reasons.length - 1 || save.isPending} onClick={() => swap(index, index + 1)}><IconArrowDown size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="red" aria-label={t('lost_reasons.remove', { name: reason })} disabled={save.isPending} onClick={() => save.mutate(reasons.filter(each => each !== reason))}><IconTrash size={15} /></ActionIcon>
              </Group>
            )}
          </Group>
        ))}
        <ErrorNotice error={save.error} />
        {may && reasons.length < 50 && (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (added.trim() !== '') save.mutate([...reasons, added.trim()])
            }}
          >
            <Group gap="xs" mt="xs" wrap="nowrap">
              <TextInput size="xs" flex={1} aria-label={t('lost_reasons.name')} placeholder={t('lost_reasons.name')} maxLength={200} value={added} onChange={event => setAdded(event.currentTarget.value)} />
              <Button size="xs" variant="light" type="submit" leftSection={<IconPlus size={14} />} loading={save.isPending} disabled={added.trim() === '' || reasons.includes(added.trim())}>{t('lost_reasons.add')}</Button>
            </Group>
          </form>
        )}
      </Stack>
    </Paper>
  )
}
