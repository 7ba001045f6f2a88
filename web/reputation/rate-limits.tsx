import { useState } from 'react'
import { Button, Group, NumberInput, Paper, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DeliveryOverview } from '../../shared/reputation.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'

type Limits = DeliveryOverview['limits']

/** Above which rates administrators are told. */
export function RateLimits({ limits }: { limits: Limits }) {
  const { t, i18n } = useTranslation('deliverability')
  const { user } = useSession()
  const client = useQueryClient()
  const [typed, setTyped] = useState<Partial<Record<keyof Limits, number | string>>>({})
  const value = (key: keyof Limits) => typed[key] ?? limits[key]
  const save = useMutation({
    mutationFn: () => api.patch('/reputation/settings', { limits: Object.fromEntries((Object.keys(limits) as (keyof Limits)[]).map(key => [key, Number(value(key))])) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['deliverability'] })
      setTyped({})
      notifyDone(t('app:saved'))
    },
  })
  const may = user.role === 'administrator'
  return (
    <Paper p="md">
      <Stack gap="xs">
        <Title order={2} size="h4">{t('limits')}</Title>
        <Text size="sm" c="dimmed">{t('limits_text')}</Text>
        <Group align="flex-end" gap="sm">
          {(['bounced', 'complained', 'unsubscribed'] as const).map(key => <NumberInput key={key} label={t(`limit.${key}`)} suffix=" %" decimalScale={2} decimalSeparator={i18n.language === 'ru' ? ',' : '.'} min={0.01} max={100} hideControls w={150} disabled={!may} value={value(key)} onChange={next => setTyped({ ...typed, [key]: next })} />)}
          <NumberInput label={t('limit.least_mails')} min={1} max={1_000_000} allowDecimal={false} hideControls w={190} disabled={!may} value={value('least_mails')} onChange={next => setTyped({ ...typed, least_mails: next })} />
          {may && <Button variant="light" disabled={Object.keys(typed).length === 0} loading={save.isPending} onClick={() => save.mutate()}>{t('app:save')}</Button>}
        </Group>
        <ErrorNotice error={save.error} />
      </Stack>
    </Paper>
  )
}
