import { Badge, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Lead } from '../../shared/leads.ts'
import type { RoutingTrial as Trial } from '../../shared/routing.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import type { LeadActions } from './use-lead-actions.ts'

/** Who would get the lead now, which rules fit, and why; then it can be given out so. */
export function RoutingTrial({ lead, opened, actions, onClose }: { lead: Lead, opened: boolean, actions: LeadActions, onClose: () => void }) {
  const { t } = useTranslation('routing')
  const may = useMay('contacts')
  const trial = useQuery({ queryKey: ['leads', lead.id, 'routing'], queryFn: () => api.get<Trial>(`/leads/${lead.id}/routing`), enabled: opened, gcTime: 0 })
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('trial.title')}</Text>}>
      <Stack gap="sm">
        <ErrorNotice error={trial.error} retry={() => void trial.refetch()} />
        {trial.isPending && <Loader type="dots" />}
        {trial.data && (
          <>
            <Text fw={600} size="lg">{trial.data.owner?.name ?? t('trial.nobody')}</Text>
            <Text size="sm">{trial.data.because}</Text>
            <Stack gap={4}>
              {trial.data.rules.length === 0 && <Text size="sm" c="dimmed">{t('trial.none')}</Text>}
              {trial.data.rules.map(rule => (
                <Group key={rule.id} gap="xs" wrap="nowrap" justify="space-between">
                  <Text size="sm" c={rule.applies ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>{rule.name}</Text>
                  <Badge size="sm" variant="light" color={rule.applies ? 'pine' : 'gray'} tt="none">{t(rule.applies ? 'trial.applies' : 'trial.applies_not')}</Badge>
                </Group>
              ))}
            </Stack>
            <Text size="xs" c="dimmed">{t('trial.as_if')}</Text>
            {may && (lead.status === 'new' || lead.status === 'in_work') && (
              <Group justify="flex-end"><Button onClick={() => { actions.byRules([lead]); onClose() }}>{t('trial.give')}</Button></Group>
            )}
          </>
        )}
      </Stack>
    </Modal>
  )
}
