import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../ui/page-header.tsx'
import { CompanyHoursPanel } from './company-hours.tsx'
import { PeoplePanel } from './people-panel.tsx'
import { ReactionLimitsPanel } from './reaction-limits.tsx'
import { RulesPanel } from './rules-panel.tsx'

/** Who gets new leads: the rules, and when the people they name are there. */
export function Page() {
  const { t } = useTranslation('routing')
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack gap="xl">
        <RulesPanel />
        <ReactionLimitsPanel />
        <PeoplePanel />
        <CompanyHoursPanel />
      </Stack>
    </>
  )
}
