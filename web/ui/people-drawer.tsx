import { Avatar, Center, Drawer, Group, Loader, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { ErrorNotice } from './error-notice.tsx'
import { LoadMore } from './load-more.tsx'
import { TimeAgo } from './time-ago.tsx'
import { useList } from './use-list.ts'
import classes from './people-drawer.module.css'

/** What a list of people behind a number gives for each: the card's id as `contact_id` (or `id`), and what to show. */
export type PersonRow = {
  contact_id?: number
  id?: number
  /** a company instead of a person */
  company_id?: number
  name?: string | null
  first_name?: string | null
  last_name?: string | null
  email?: string | null
  /** why he is here, e.g. the reason a mail was skipped, in words */
  note?: string | null
  at?: string | null
}

type Props = {
  title: string
  /** API path of a list `{data: PersonRow[], next_cursor}`, without the cursor */
  path: string
  opened: boolean
  onClose: () => void
  /** turns codes of `note` into words */
  noteWords?: (note: string) => string
}

export function PeopleDrawer({ title, path, opened, onClose, noteWords }: Props) {
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={420} title={<Text fw={600}>{title}</Text>}>
      {opened && <People path={path} onOpen={onClose} noteWords={noteWords ?? (note => note)} />}
    </Drawer>
  )
}

function People({ path, onOpen, noteWords }: { path: string, onOpen: () => void, noteWords: (note: string) => string }) {
  const { t } = useTranslation()
  const list = useList<PersonRow>(path)
  if (list.isPending) return <Center py="xl"><Loader type="dots" /></Center>
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Text c="dimmed" size="sm">{t('nobody')}</Text>
  return (
    <Stack gap={2}>
      {list.rows.map((row, index) => {
        const name = personName(row)
        return (
          <Link key={`${row.company_id ?? row.contact_id ?? row.id}-${index}`} to={row.company_id === undefined ? `/contacts/${row.contact_id ?? row.id}` : `/companies/${row.company_id}`} className={classes.person} onClick={onOpen}>
            <Group gap="sm" wrap="nowrap">
              <Avatar size={32} name={name} color="initials" aria-hidden />
              <Stack gap={0} miw={0} flex={1}>
                <Text size="sm" fw={500} truncate>{name}</Text>
                {row.email && row.email !== name && <Text size="xs" c="dimmed" truncate>{row.email}</Text>}
                {row.note && <Text size="xs" c="dimmed">{noteWords(row.note)}</Text>}
              </Stack>
              {row.at && <TimeAgo time={row.at} size="xs" c="dimmed" />}
            </Group>
          </Link>
        )
      })}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

/** A name to show, whatever is known of the person. */
export function personName(person: { name?: string | null, first_name?: string | null, last_name?: string | null, email?: string | null, phone?: string | null, external_id?: string | null, id?: number, contact_id?: number }): string {
  const full = person.name ?? [person.first_name, person.last_name].filter(Boolean).join(' ')
  return full.trim() || person.email || person.phone || person.external_id || `#${person.contact_id ?? person.id ?? ''}`
}
