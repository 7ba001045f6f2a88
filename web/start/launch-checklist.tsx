import { Group, Paper, Progress, Stack, Text, Title } from '@mantine/core'
import { IconCheck, IconChevronRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Checklist, ChecklistItem } from '../../shared/start.ts'
import classes from './launch-checklist.module.css'

export function LaunchChecklist({ checklist }: { checklist: Checklist }) {
  const { t } = useTranslation('start')
  return (
    <Paper component="section" p={0} aria-label={t('checklist.title')}>
      <Stack gap={8} p="md" pb="sm">
        <Group justify="space-between">
          <Title order={2}>{t('checklist.title')}</Title>
          <Text size="sm" c="dimmed">{t('checklist.progress', { done: checklist.done, total: checklist.total })}</Text>
        </Group>
        <Progress value={100 * checklist.done / checklist.total} size={5} aria-label={t('checklist.title')} />
      </Stack>
      <div role="list">
        {checklist.data.map((item, index) => <div key={item.key} role="listitem"><Item item={item} number={index + 1} /></div>)}
      </div>
    </Paper>
  )
}

function Item({ item, number }: { item: ChecklistItem, number: number }) {
  const { t } = useTranslation('start')
  const words = { detail: item.detail, count: item.count ?? 0 }
  return (
    <Link to={item.to} className={classes.item} data-state={item.state}>
      <span className={classes.mark}>{item.state === 'done' ? <IconCheck size={15} stroke={2.4} aria-hidden /> : number}</span>
      <Stack gap={0} miw={0} flex={1}>
        <Text size="sm" fw={500}>{t(`checklist.items.${item.key}.title`)}</Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{t(`checklist.items.${item.key}.${item.state}`, words)}</Text>
      </Stack>
      <Text size="xs" className={classes.state ?? ''}>{t(`checklist.states.${item.state}`)}</Text>
      <IconChevronRight size={16} className={classes.arrow} aria-hidden />
    </Link>
  )
}
