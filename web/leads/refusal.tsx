import { useState } from 'react'
import { Autocomplete, Button, Group, Modal, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Lead, LeadSettings } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'

export function useLeadSettings() {
  const query = useQuery({ queryKey: ['leads', 'settings'], queryFn: () => api.get<LeadSettings>('/lead-settings'), staleTime: 60_000 })
  useLive(['lead-settings'], () => void query.refetch())
  return query.data
}

/** Asks why leads are refused. */
export function Refusal({ leads, onRefuse, onClose }: { leads: Lead[], onRefuse: (reason: string) => void, onClose: () => void }) {
  const { t } = useTranslation('leads')
  return (
    <Modal opened={leads.length > 0} onClose={onClose} title={t('refusal.title', { count: leads.length })}>
      {leads.length > 0 && <Reason onRefuse={onRefuse} onClose={onClose} />}
    </Modal>
  )
}

function Reason({ onRefuse, onClose }: { onRefuse: (reason: string) => void, onClose: () => void }) {
  const { t } = useTranslation('leads')
  const settings = useLeadSettings()
  const [reason, setReason] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onRefuse(reason.trim())
      }}
    >
      <Stack gap="sm">
        <Autocomplete label={t('refusal.why')} description={t('refusal.hint')} data-autofocus maxLength={500} data={settings?.refusal_reasons ?? []} value={reason} onChange={setReason} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" disabled={reason.trim() === ''}>{t('refusal.refuse')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
