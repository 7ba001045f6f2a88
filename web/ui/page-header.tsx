import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { Link } from 'react-router'
import classes from './page-header.module.css'

type Props = {
  title: string
  /** shown in place of the title, e.g. a name that can be edited, with the `h1` in it; `title` still names the browser tab */
  heading?: ReactNode
  subtitle?: ReactNode
  back?: { to: string, label: string }
  actions?: ReactNode
}

export function PageHeader({ title, heading, subtitle, back, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · Otklik`
  }, [title])
  return (
    <Stack gap={6} mb="lg">
      {back !== undefined && (
        <Anchor component={Link} to={back.to} size="sm" c="dimmed" w="fit-content">
          <Group gap={4} component="span" wrap="nowrap" align="flex-start"><IconArrowLeft size={15} className={classes.arrow ?? ''} aria-hidden /><span className={classes.back}>{back.label}</span></Group>
        </Anchor>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2} miw={0} flex="1 1 240px">
          {heading ?? <Title order={1} style={{ overflowWrap: 'anywhere' }}>{title}</Title>}
          {subtitle !== undefined && <Text c="dimmed" size="sm" component="div" maw={760}>{subtitle}</Text>}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
    </Stack>
  )
}
