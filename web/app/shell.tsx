import { Suspense } from 'react'
import { AppShell, Box, Burger, Center, Container, Group, Kbd, Loader, ScrollArea, Stack, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router'
import { Brand } from '../ui/brand.tsx'
import { NotificationsBell } from './notifications-bell.tsx'
import { Search } from '../search/search.tsx'
import { UserMenu } from './user-menu.tsx'
import { navigation } from './navigation.ts'
import { useMay } from './session.tsx'
import type { NavigationItem } from './navigation.ts'
import classes from './shell.module.css'

export function Shell() {
  const { t } = useTranslation()
  const [opened, { toggle, close }] = useDisclosure(false)
  return (
    <AppShell layout="alt" header={{ height: 54 }} navbar={{ width: 224, breakpoint: 'md', collapsed: { mobile: !opened } }} padding={0}>
      <a className="skip-link" href="#content">{t('shell.skip')}</a>
      <AppShell.Header className={classes.header ?? ''}>
        <Group h="100%" px="md" wrap="nowrap" gap="sm">
          <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label={t('shell.open_menu')} />
          <UnstyledButton className={classes.search ?? ''} onClick={spotlight.open}>
            <IconSearch size={16} stroke={1.7} aria-hidden />
            <span>{t('shell.search')}</span>
            <Kbd size="xs" visibleFrom="sm">{shortcut}</Kbd>
          </UnstyledButton>
          <Group gap={4} ml="auto" wrap="nowrap">
            <NotificationsBell />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar ?? ''}>
        <Group h={54} px="md" justify="space-between" wrap="nowrap">
          <Link to="/" className={classes.brand ?? ''} onClick={close}><Brand size={26} /><span>{t('shell.name')}</span></Link>
          <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label={t('shell.close_menu')} />
        </Group>
        <ScrollArea component="nav" aria-label={t('shell.menu')} px="sm" pb="md" flex={1} type="never">
          <Stack gap="md">
            {navigation.map(group => (
              <Stack key={group.key} gap={2}>
                {group.key !== 'top' && <Text size="xs" c="dimmed" px={10} pb={2}>{t(`menu_groups.${group.key}`)}</Text>}
                {group.items.map(item => <MenuItem key={item.key} item={item} onClick={close} />)}
              </Stack>
            ))}
          </Stack>
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main className={classes.main ?? ''} id="content" tabIndex={-1}>
        <Container size={1240} px={{ base: 'md', sm: 'xl' }} py={{ base: 'md', sm: 'lg' }}>
          <Suspense fallback={<Center h={240}><Loader type="dots" /></Center>}>
            <Outlet />
          </Suspense>
        </Container>
        <Box h={40} />
      </AppShell.Main>
      <Search />
      <ScrollRestoration />
    </AppShell>
  )
}

const shortcut = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'

function MenuItem({ item, onClick }: { item: NavigationItem, onClick: () => void }) {
  const { t } = useTranslation()
  const may = useMay(item.permission ?? 'read')
  const { pathname } = useLocation()
  if (!may) return null
  const Icon = item.icon
  const isHere = [item.to, ...item.also ?? []].some(to => pathname === to || (to !== '/' && pathname.startsWith(`${to}/`)))
  return (
    <Link to={item.to} aria-current={isHere ? 'page' : undefined} className={classes.item ?? ''} onClick={onClick}>
      <Icon size={18} stroke={1.7} aria-hidden />
      <span>{t(`menu.${item.key}`)}</span>
    </Link>
  )
}
