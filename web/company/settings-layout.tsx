import { Suspense } from 'react'
import { Box, Center, Loader, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router'
import { useSession } from '../app/session.tsx'
import { settingsSections } from './settings-sections.ts'
import classes from './settings-layout.module.css'

/** The settings: a list of sections beside the one that is open; on a narrow screen a choice above it. */
export function Page() {
  const { t } = useTranslation('company')
  const { user } = useSession()
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const sections = settingsSections.filter(section => section.roles === undefined || section.roles.includes(user.role))
  const current = sections.find(section => section.to === pathname.replace(/\/$/, '')) ?? sections.findLast(section => pathname.startsWith(`${section.to}/`) && section.to !== '/settings')
  return (
    <Box className={classes.layout ?? ''}>
      <nav aria-label={t('settings')} className={classes.list}>
        {sections.map(section => <NavLink key={section.to} to={section.to} end={section.to === '/settings'} className={classes.item ?? ''}>{t(`sections.${section.key}`)}</NavLink>)}
      </nav>
      <Select
        hiddenFrom="md" mb="md" aria-label={t('settings')} allowDeselect={false} value={current?.to ?? null} onChange={to => to !== null && void navigate(to)}
        data={sections.map(section => ({ value: section.to, label: t(`sections.${section.key}`) }))}
      />
      <Box miw={0} maw={860}>
        <Suspense fallback={<Center h={200}><Loader type="dots" /></Center>}><Outlet /></Suspense>
      </Box>
    </Box>
  )
}
