import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import type { Lead } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { useRefreshLeads } from './use-lead-actions.ts'

const bad = new Set(['typo', 'disposable', 'no_mail'])

/** Beside the name in the list, when something is wrong with the address. */
export function CheckMark({ lead }: { lead: Lead }) {
  const { t } = useTranslation('leads')
  if (!bad.has(lead.checks.email)) return null
  const words = t(`checks.${lead.checks.email}`, { proposal: lead.checks.proposal ?? '' })
  return <IconAlertTriangle size={16} color="var(--mantine-color-orange-6)" role="img" aria-label={words}><title>{words}</title></IconAlertTriangle>
}

/** What is known of the address; what was probably meant is put onto the card by one click. */
export function LeadCheck({ lead }: { lead: Lead }) {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const refresh = useRefreshLeads()
  const { email, proposal } = lead.checks
  const accept = useMutation({
    mutationFn: async (address: string) => {
      const { revision } = await api.get<ContactCard>(`/contacts/${lead.contact.id}`)
      return api.patch(`/contacts/${lead.contact.id}`, { revision, email: address })
    },
    onSuccess: async (_, address) => {
      await refresh()
      notifyDone(t('checks.accepted', { email: address }))
    },
    onError: notifyError,
  })
  if (!bad.has(email)) return <Text size="sm" c="dimmed">{t(`checks.${email}`)}</Text>
  return (
    <Alert color="orange" variant="light" p="xs" icon={<IconAlertTriangle size={18} />}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" flex="1 1 200px">{t(`checks.${email}`, { proposal: proposal ?? '' })}</Text>
        {may && proposal !== null && <Button size="compact-sm" variant="default" loading={accept.isPending} onClick={() => accept.mutate(proposal)}>{t('checks.accept')}</Button>}
      </Group>
    </Alert>
  )
}
