import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ChangedLeads, Lead, LeadChange } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { notifyDone, notifyError, notifyWarning } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'

/** Lists, counts, panels and cards that show leads read them again. */
export function useRefreshLeads(): () => Promise<unknown> {
  const client = useQueryClient()
  return () => Promise.all([['list'], ['leads'], ['contact']].map(queryKey => client.invalidateQueries({ queryKey })))
}

/** What can be done with leads, one or many; each can be undone right away. */
export function useLeadActions() {
  const { t } = useTranslation('leads')
  const { user } = useSession()
  const refresh = useRefreshLeads()
  const send = useMutation({ mutationFn: (leads: LeadChange[]) => api.post<ChangedLeads>('/leads/changes', { leads }), onError: notifyError })
  const route = useMutation({ mutationFn: (ids: number[]) => api.post<ChangedLeads>('/leads/routing', { ids }), onError: notifyError })
  const change = async (answer: Promise<ChangedLeads>, done: (count: number) => string): Promise<void> => {
    const { changed, passed_over } = await answer
    await refresh()
    const [first] = passed_over
    if (first !== undefined) notifyWarning(passed_over.length > 1 ? t('several_left_alone', { count: passed_over.length }) : first.owner === null ? t('left_alone') : t('quicker', { name: first.owner.name }))
    if (changed.length > 0) notifyUndo(done(changed.length), t('undo'), () => {
      void send.mutateAsync(changed.map(({ id, before }) => ({ id, ...before }))).then(refresh).then(() => notifyDone(t('undone')), () => undefined)
    })
  }
  const quietly = (leads: LeadChange[], done: (count: number) => string) => void change(send.mutateAsync(leads), done).catch(() => undefined)
  return {
    isPending: send.isPending,
    /** Mine and in work, unless somebody else was quicker. */
    take: (leads: Lead[]) => quietly(leads.map(({ id, status, owner }) => ({ id, status: 'in_work', owner_id: user.id, seen: { status, owner_id: owner?.id ?? null } })), count => t('taken', { count })),
    refuse: (leads: Lead[], reason: string) => quietly(leads.map(({ id }) => ({ id, status: 'refused', refused_because: reason })), count => t('refused', { count })),
    set: (leads: Lead[], changes: Omit<LeadChange, 'id' | 'seen'>) => quietly(leads.map(({ id }) => ({ ...changes, id })), count => t('changed', { count })),
    /** As the routing rules say, whoever has them now; finished ones are left out. */
    byRules: (leads: Lead[]) => {
      const ids = leads.filter(lead => lead.status === 'new' || lead.status === 'in_work').map(lead => lead.id)
      if (ids.length > 0) void change(route.mutateAsync(ids), count => t('changed', { count })).catch(() => undefined)
    },
    label: (leads: Lead[], label: string) => quietly(leads.map(({ id, labels }) => ({ id, labels: [...new Set([...labels, label])] })), count => t('changed', { count })),
  }
}
export type LeadActions = ReturnType<typeof useLeadActions>
