import { useState } from 'react'
import { Button, Group, NumberInput, Stack, Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ReputationSettings } from '../../shared/reputation.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { reputationSettingsKey } from './sending-key.ts'

const usualMonths = 6

/** Whether keys of all domains are changed by themselves, and how often. */
export function RotateByItself() {
  const { t } = useTranslation('signing_keys')
  const { user } = useSession()
  const client = useQueryClient()
  const found = useQuery({ queryKey: reputationSettingsKey, queryFn: ({ signal }) => api.get<ReputationSettings>('/reputation/settings', { signal }) })
  const [typed, setTyped] = useState<number | string | null | undefined>(undefined)
  const save = useMutation({
    mutationFn: (months: number | string | null) => api.patch<ReputationSettings>('/reputation/settings', { rotate_keys_months: months === null ? null : Number(months) }),
    onSuccess: (saved) => {
      client.setQueryData(reputationSettingsKey, saved)
      setTyped(undefined)
      notifyDone(t('app:saved'))
    },
  })
  const months = typed === undefined ? found.data?.rotate_keys_months ?? null : typed
  const may = user.role === 'administrator' && found.isSuccess
  return (
    <Stack gap="xs">
      <Switch label={t('by_itself')} description={t('by_itself_text')} checked={months !== null} disabled={!may} onChange={event => event.currentTarget.checked ? setTyped(usualMonths) : save.mutate(null)} />
      {months !== null && (
        <Group align="flex-end" gap="xs">
          <NumberInput label={t('months')} value={months} onChange={setTyped} min={1} max={60} clampBehavior="none" allowDecimal={false} w={200} disabled={!may} error={errorsByField(save.error)['rotate_keys_months']} />
          {may && typed !== undefined && <Button variant="light" loading={save.isPending} onClick={() => save.mutate(months)}>{t('app:save')}</Button>}
        </Group>
      )}
      <ErrorNotice error={save.error} shownFields={['rotate_keys_months']} />
    </Stack>
  )
}
