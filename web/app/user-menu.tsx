import { Avatar, Menu, SegmentedControl, Stack, Text, UnstyledButton, VisuallyHidden, useMantineColorScheme } from '@mantine/core'
import { IconLogout, IconUser } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { language as languageSchema } from '../../shared/company.ts'
import { api } from './api.ts'
import { changeLanguage } from './i18n.ts'
import { sessionKey, useSession } from './session.tsx'

export function UserMenu() {
  const { t, i18n } = useTranslation()
  const { user, signOut } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const client = useQueryClient()

  const chooseLanguage = async (value: string) => {
    const locale = languageSchema.parse(value)
    await changeLanguage(locale)
    await api.patch('/profile', { locale })
    await client.invalidateQueries({ queryKey: sessionKey })
  }

  return (
    <Menu position="bottom-end" width={264}>
      <Menu.Target>
        <UnstyledButton>
          <Avatar size={32} name={user.name} color="pine" aria-hidden />
          <VisuallyHidden>{t('user_menu.open', { name: user.name })}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap={0} px="sm" py="xs">
          <Text fw={600} size="sm" truncate>{user.name}</Text>
          <Text size="xs" c="dimmed" truncate>{user.email}</Text>
          <Text size="xs" c="dimmed">{t(`roles.${user.role}`)}</Text>
        </Stack>
        <Menu.Divider />
        <Stack gap={6} px="sm" py={6}>
          <SegmentedControl
            size="xs" fullWidth aria-label={t('user_menu.language')} value={i18n.language} onChange={value => void chooseLanguage(value)}
            data={[{ value: 'ru', label: 'Русский' }, { value: 'en', label: 'English' }]}
          />
          <SegmentedControl
            size="xs" fullWidth aria-label={t('user_menu.theme')} value={colorScheme} onChange={value => setColorScheme(value === 'dark' ? 'dark' : value === 'light' ? 'light' : 'auto')}
            data={[{ value: 'light', label: t('user_menu.light') }, { value: 'dark', label: t('user_menu.dark') }, { value: 'auto', label: t('user_menu.auto') }]}
          />
        </Stack>
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings/profile" leftSection={<IconUser size={16} stroke={1.7} />}>{t('user_menu.profile')}</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} />} onClick={() => void signOut()}>{t('user_menu.sign_out')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
