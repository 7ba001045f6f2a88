import { Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'

/** The three ways to see what is to be done. */
export function ActivityTabs() {
  const { t } = useTranslation('activities')
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const owner = new URLSearchParams(search).get('owner')
  return (
    <Tabs value={pathname} onChange={to => void navigate(`${to}${owner === null ? '' : `?owner=${owner}`}`)} mb="md">
      <Tabs.List>
        <Tabs.Tab value="/day">{t('tabs.day')}</Tabs.Tab>
        <Tabs.Tab value="/calendar">{t('tabs.calendar')}</Tabs.Tab>
        <Tabs.Tab value="/tasks">{t('tabs.tasks')}</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  )
}
