import type { ReactNode } from 'react'
import { Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useFormat } from '../ui/format.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { useReasonWords } from '../messages/reason-words.ts'
import classes from './campaigns.module.css'

/** A line "what … how many" whose number opens the people behind it. */
export function PeopleRow({ label, title, count, path, hint }: { label: ReactNode, title: string, count: number, path: string, hint?: ReactNode }) {
  const format = useFormat()
  const words = useReasonWords()
  const [opened, { open, close }] = useDisclosure(false)
  return (
    <>
      <UnstyledButton className={classes.row ?? ''} data-clickable={count > 0 || undefined} onClick={open} disabled={count === 0}>
        <Text size="sm" component="span" style={{ overflowWrap: 'anywhere' }}>{label}</Text>
        <Text size="sm" fw={600} component="span" style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>{format.number(count)}{hint !== undefined && <Text span size="xs" c="dimmed" fw={400}> {hint}</Text>}</Text>
      </UnstyledButton>
      <PeopleDrawer title={title} path={path} opened={opened} onClose={close} noteWords={words} />
    </>
  )
}
