import { useState } from 'react'
import { Button, NumberInput, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { HygieneOverview, HygieneSettings } from '../../shared/hygiene.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'

const fields = ['silent_months', 'silent_mails', 'soft_bounces', 'soft_bounce_days', 'unconfirmed_days', 'never_mailed_months', 'limit_percent'] as const

/** Who belongs to which group. */
export function HygieneLimits({ settings }: { settings: HygieneSettings }) {
  const { t } = useTranslation('hygiene')
  const client = useQueryClient()
  const may = useMay('marketing')
  const [typed, setTyped] = useState<Partial<Record<keyof HygieneSettings, number | string>>>({})
  const save = useMutation({
    mutationFn: () => api.patch<HygieneOverview>('/hygiene/settings', Object.fromEntries(Object.entries(typed).map(([key, value]) => [key, Number(value)]))),
    onSuccess: (overview) => {
      client.setQueryData(['hygiene'], overview)
      setTyped({})
      notifyDone(t('limits.saved'))
    },
  })
  return (
    <Paper p="md">
      <Stack gap="xs">
        <Title order={2} size="h4">{t('limits.title')}</Title>
        <Text size="sm" c="dimmed">{t('limits.text')}</Text>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
          {fields.map(key => <NumberInput key={key} label={t(`limits.${key}`)} min={key === 'limit_percent' ? 0.1 : 1} allowDecimal={key === 'limit_percent'} hideControls disabled={!may} value={typed[key] ?? settings[key]} onChange={next => setTyped({ ...typed, [key]: next })} styles={{ root: { display: 'flex', flexDirection: 'column', justifyContent: 'flex-end' } }} />)}
        </SimpleGrid>
        <ErrorNotice error={save.error} />
        {may && <Button variant="light" w="fit-content" disabled={Object.keys(typed).length === 0} loading={save.isPending} onClick={() => save.mutate()}>{t('app:save')}</Button>}
      </Stack>
    </Paper>
  )
}
