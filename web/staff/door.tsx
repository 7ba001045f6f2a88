import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Box, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Brand } from '../ui/brand.tsx'
import { changeLanguage } from '../app/i18n.ts'
import { language } from '../../shared/company.ts'
import classes from './door.module.css'

/** The frame of the pages in front of the door: the mark, the language, the page. */
export function Door({ title, width, children }: { title: string, width: number, children: ReactNode }) {
  const { t, i18n } = useTranslation('staff')
  useEffect(() => {
    document.title = `${title} · Otklik`
  }, [title])
  return (
    <Box className={classes.door ?? ''}>
      <Stack gap="xl" w="100%" maw={width} mx="auto">
        <Group justify="space-between" gap="sm">
          <Group gap={10}>
            <Brand size={32} />
            <Text fw={600} size="xl" lts="-0.01em">{t('app:shell.name')}</Text>
          </Group>
          <SegmentedControl
            size="xs" aria-label={t('door.language')} value={i18n.language} onChange={value => void changeLanguage(language.parse(value))}
            data={[{ value: 'ru', label: 'Русский' }, { value: 'en', label: 'English' }]}
          />
        </Group>
        <main>{children}</main>
      </Stack>
    </Box>
  )
}
