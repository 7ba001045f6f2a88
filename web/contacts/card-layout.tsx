import type { ReactNode } from 'react'
import { Grid, Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'

type Props = { narrow: boolean, tab: string | null, onTab: (tab: string | null) => void, panels: ReactNode, timeline: ReactNode }

/** The panels of a card beside its timeline; on a phone one at a time. */
export function CardLayout({ narrow, tab, onTab, panels, timeline }: Props) {
  const { t } = useTranslation('contacts')
  if (!narrow) {
    return (
      <Grid gap="xl" mt="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>{timeline}</Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>{panels}</Grid.Col>
      </Grid>
    )
  }
  return (
    <Tabs value={tab} onChange={onTab} mt="md">
      <Tabs.List grow mb="md">
        <Tabs.Tab value="card">{t('tabs.card')}</Tabs.Tab>
        <Tabs.Tab value="timeline">{t('tabs.timeline')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="card">{panels}</Tabs.Panel>
      <Tabs.Panel value="timeline">{timeline}</Tabs.Panel>
    </Tabs>
  )
}
