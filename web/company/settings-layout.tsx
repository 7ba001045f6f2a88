import { Suspense } from 'react'
import { Box, Center, Loader, Select, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router'
import { useSession } from '../app/session.tsx'
import { settingsGroups, settingsSections } from './settings-sections.ts'
import classes from './settings-layout.module.css'

/** The settings: a list of sections beside the one that is open; on a narrow screen a choice above it. */
export function Page() {
  const { t } = useTranslation('company')
  const { user } = useSession()
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const sections = settingsSections.filter(section => section.roles === undefined || section.roles.includes(user.role))
  const groups = settingsGroups.map(group => ({ group, members: sections.filter(section => section.group === group) })).filter(({ members }) => members.length > 0)
  const current = sections.find(section => section.to === pathname.replace(/\/$/, '')) ?? sections.findLast(section => pathname.startsWith(`${section.to}/`) && section.to !== '/settings')
  return (
    <Box className={classes.layout ?? ''}>
      <nav aria-label={t('settings')} className={classes.list}>
        {groups.map(({ group, members }) => (
          <Box key={group} className={classes.group ?? ''}>
            <Text className={classes.heading ?? ''}>{t(`section_groups.${group}`)}</Text>
            {members.map(section => <NavLink key={section.to} to={section.to} end={section.to === '/settings'} className={classes.item ?? ''}>{t(`sections.${section.key}`)}</NavLink>)}
          </Box>
        ))}
      </nav>
      <Select
        hiddenFrom="md" mb="md" aria-label={t('settings')} allowDeselect={false} value={current?.to ?? null} onChange={to => to !== null && void navigate(to)}
        maxDropdownHeight={420} data={groups.map(({ group, members }) => ({ group: t(`section_groups.${group}`), items: members.map(section => ({ value: section.to, label: t(`sections.${section.key}`) })) }))}
      />
      <Box miw={0} maw={860}>
        <Suspense fallback={<Center h={200}><Loader type="dots" /></Center>}><Outlet /></Suspense>
      </Box>
    </Box>
  )
}
