import { useState } from 'react'
import { Button, Group, Modal, Stack, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { LeadSettings } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useLeadSettings } from './refusal.tsx'
import { useRefreshLeads } from './use-lead-actions.ts'

/** The list of reasons from which one is chosen when a lead is refused. */
export function RefusalReasons({ opened, onClose }: { opened: boolean, onClose: () => void }) {
  const { t } = useTranslation('leads')
  const settings = useLeadSettings()
  return (
    <Modal opened={opened} onClose={onClose} title={t('reasons.title')}>
      {opened && settings !== undefined && <Reasons settings={settings} onClose={onClose} />}
    </Modal>
  )
}

function Reasons({ settings, onClose }: { settings: LeadSettings, onClose: () => void }) {
  const { t } = useTranslation('leads')
  const refresh = useRefreshLeads()
  const [text, setText] = useState(settings.refusal_reasons.join('\n'))
  const save = useMutation({
    mutationFn: () => api.put('/lead-settings', { refusal_reasons: text.split('\n').map(line => line.trim()).filter(Boolean) }),
    onSuccess: async () => {
      await refresh()
      onClose()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <Textarea label={t('reasons.one_a_line')} description={t('reasons.hint')} autosize minRows={5} maxRows={16} data-autofocus value={text} onChange={event => setText(event.currentTarget.value)} />
        <ErrorNotice error={save.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={save.isPending}>{t('app:save')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
