import { useEffect, useState } from 'react'
import { Center, Loader, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Navigate, useParams, useSearchParams } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { FeaturesPanel } from '../features/features-panel.tsx'
import { SamePersonPanel } from '../duplicates/same-person-panel.tsx'
import { DealsPanel } from '../deals/deals-panel.tsx'
import { ConversationsPanel } from '../inbound/conversations-panel.tsx'
import { MailsPanel } from '../messages/mails-panel.tsx'
import { Files } from '../notes/files.tsx'
import { Notes } from '../notes/notes.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { CardHeader } from './card-header.tsx'
import { CardLayout } from './card-layout.tsx'
import { cardKey } from './card-query.ts'
import { ConsentsPanel } from './consents-panel.tsx'
import { DetailsPanel } from './details-panel.tsx'
import { JourneysPanel, SegmentsPanel } from './membership-panels.tsx'
import { TasksPanel } from '../activities/tasks-panel.tsx'
import { LeadsPanel } from './work-panels.tsx'
import { MergesPanel } from './merges-panel.tsx'
import { RollupsStrip } from './rollups-strip.tsx'
import { TagsPanel } from './tags-panel.tsx'
import { Timeline } from './timeline.tsx'

/** One person, everything known: kept up to date while it is open. */
export function Page() {
  const id = Number(useParams()['id'])
  const client = useQueryClient()
  const [params] = useSearchParams()
  const [tab, setTab] = useState<string | null>('card')
  const asked = params.get('timeline')
  useEffect(() => {
    if (asked !== null) setTab('timeline')
  }, [asked])
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const query = useQuery({ queryKey: cardKey(id), queryFn: () => api.get<ContactCard>(`/contacts/${id}`) })
  useLive([`contact:${id}`], () => {
    void client.invalidateQueries({ queryKey: cardKey(id) })
    void client.invalidateQueries({ queryKey: ['list'], predicate: entry => String(entry.queryKey[1]).startsWith(`/contacts/${id}/`) || String(entry.queryKey[1]).startsWith(`/deals?contact=${id}&`) })
  })
  if (query.isPending) return <Center h={300}><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const card = query.data
  // The number of a card that was merged opens the one that stayed; asked anew, as the merge may have been undone since.
  if (card.id !== id) return query.isFetching ? <Center h={300}><Loader type="dots" /></Center> : <Navigate to={{ pathname: `/contacts/${card.id}`, search: params.toString() }} replace />
  const panels = (
    <Stack gap="sm">
      <SamePersonPanel contactId={card.id} />
      <ConversationsPanel contactId={card.id} />
      <Notes of={{ contactId: card.id }} />
      <DetailsPanel card={card} />
      <MailsPanel contactId={card.id} />
      <FeaturesPanel contactId={card.id} />
      <TagsPanel card={card} />
      <ConsentsPanel card={card} />
      <LeadsPanel card={card} />
      <DealsPanel card={card} />
      <TasksPanel of={{ contact: card.id }} add={{ contact_id: card.id }} />
      <Files of={{ contactId: card.id }} />
      <SegmentsPanel card={card} />
      <JourneysPanel card={card} />
      <MergesPanel contactId={card.id} />
    </Stack>
  )
  return (
    <>
      <CardHeader card={card} />
      <RollupsStrip rollups={card.rollups} />
      <CardLayout narrow={narrow} tab={tab} onTab={setTab} panels={panels} timeline={<Timeline of={{ contactId: id }} />} />
    </>
  )
}
