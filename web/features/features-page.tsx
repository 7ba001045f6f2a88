import { Skeleton, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ComputationStatus } from './computation-status.tsx'
import { useFeaturesState } from './features-query.ts'
import { ModelsReport } from './models-report.tsx'
import { WeightsForm } from './weights-form.tsx'

/** How computed features come about: the weights of acts, and the models with the check of their predictions. */
export function Page() {
  const { t } = useTranslation('features')
  const found = useFeaturesState()
  return (
    <>
      <PageHeader title={t('page.title')} subtitle={t('page.subtitle')} />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="xl">
          <Stack gap="md">
            <ComputationStatus state={found.data} />
            {found.data.result !== null && <ModelsReport state={found.data} result={found.data.result} />}
          </Stack>
          <WeightsForm state={found.data} />
        </Stack>
      )}
    </>
  )
}
