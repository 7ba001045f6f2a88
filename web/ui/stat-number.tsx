import type { ReactNode } from 'react'
import { Group, Stack, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronRight } from '@tabler/icons-react'
import { Link } from 'react-router'
import { PeopleDrawer } from './people-drawer.tsx'
import classes from './stat-number.module.css'

type Props = {
  label: string
  value: ReactNode
  /** a rate, a comparison, a remark */
  hint?: ReactNode
  /** the value is words rather than a number */
  small?: boolean
  /** API path of the list of people behind the number: opens them in a drawer */
  people?: string | null
  /** turns codes of the people's notes into words */
  noteWords?: ((note: string) => string) | undefined
  /** or a page that shows them */
  to?: string
}

export function StatNumber({ label, value, hint, people, to, noteWords, small = false }: Props) {
  const [opened, { open, close }] = useDisclosure(false)
  const clickable = Boolean(people) || to !== undefined
  const content = (
    <Stack gap={1}>
      <Group gap={4} wrap="nowrap">
        <Text size="xs" c="dimmed" lineClamp={2}>{label}</Text>
        {clickable && <IconChevronRight size={13} className={classes.arrow} aria-hidden />}
      </Group>
      <Text className={classes.value ?? ''} data-small={small || undefined}>{value}</Text>
      {hint !== undefined && <Text size="xs" c="dimmed" component="div">{hint}</Text>}
    </Stack>
  )
  if (to !== undefined) return <Link to={to} className={classes.box}>{content}</Link>
  if (!people) return <div className={classes.box}>{content}</div>
  return (
    <>
      <UnstyledButton className={classes.box ?? ''} onClick={open}>{content}</UnstyledButton>
      <PeopleDrawer title={label} path={people} opened={opened} onClose={close} {...(noteWords === undefined ? {} : { noteWords })} />
    </>
  )
}
