import { Center, Loader } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { ImportView } from '../../shared/imports.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Report } from './report.tsx'
import { StateBadge } from './state-badge.tsx'
import { Wizard } from './wizard.tsx'

export function Page() {
  const { id } = useParams()
  const { t } = useTranslation('imports')
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['import', id], queryFn: ({ signal }) => api.get<ImportView>(`/imports/${id}`, { signal }) })
  useLive([`import:${id}`], () => void client.invalidateQueries({ queryKey: ['import', id] }))
  if (query.isPending) return <Center py={80}><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const view = query.data
  return (
    <>
      <PageHeader title={view.name} back={{ to: '/imports', label: t('title') }} subtitle={<StateBadge state={view.state} />} />
      {view.state === 'uploaded' ? <Wizard view={view} onView={next => client.setQueryData(['import', id], next)} /> : <Report view={view} onView={next => client.setQueryData(['import', id], next)} />}
    </>
  )
}
