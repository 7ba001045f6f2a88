import { useState } from 'react'
import { Anchor, Badge, Button, Group, Menu, Paper, Progress, Skeleton, Stack, Text } from '@mantine/core'
import { IconDots, IconSparkles } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { HygieneAct, HygieneKind, HygieneOverview } from '../../shared/hygiene.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { ActDialog } from './act-dialog.tsx'
import { ActionsList } from './actions-list.tsx'
import { HygieneLimits } from './hygiene-limits.tsx'
import { useNoteWords } from './note-words.ts'

/** Who of the list harms the reputation, and what to do about it with one click. */
export function Page() {
  const { t } = useTranslation('hygiene')
  const client = useQueryClient()
  const found = useQuery({ queryKey: ['hygiene'], queryFn: ({ signal }) => api.get<HygieneOverview>('/hygiene', { signal }) })
  useLive(['hygiene', 'bulk'], () => {
    void found.refetch()
    void client.invalidateQueries({ queryKey: ['list'] })
  })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} back={{ to: '/deliverability', label: t('back') }} actions={<CountAnew counting={found.data?.counting ?? null} />} />
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <Stack gap="lg">
          <Groups overview={found.data} />
          <ActionsList />
          <HygieneLimits settings={found.data.settings} />
        </Stack>
      )}
    </>
  )
}

function CountAnew({ counting }: { counting: number | null }) {
  const { t } = useTranslation('hygiene')
  const client = useQueryClient()
  const may = useMay('marketing')
  const count = useMutation({ mutationFn: () => api.post<HygieneOverview>('/hygiene/count'), onSuccess: overview => client.setQueryData(['hygiene'], overview), onError: notifyError })
  return may ? <Button variant="default" disabled={counting !== null} loading={count.isPending} onClick={() => count.mutate()}>{t('count_anew')}</Button> : null
}

function Groups({ overview }: { overview: HygieneOverview }) {
  const { t } = useTranslation('hygiene')
  const filled = overview.groups.filter(group => group.count > 0)
  const empty = overview.groups.filter(group => group.count === 0)
  return (
    <Paper p="md">
      <Stack gap={0}>
        {overview.counting !== null && (
          <Stack gap={4} mb="sm">
            <Text size="sm">{overview.as_of === null ? t('first_count') : t('counting')}</Text>
            <Progress value={overview.counting * 100} animated aria-label={t('counting')} />
          </Stack>
        )}
        {overview.as_of !== null && filled.length === 0 && <EmptyState icon={IconSparkles} title={t('clean_title')} text={t('clean_text')} />}
        {filled.map((group, index) => <GroupRow key={group.kind} group={group} contacts={overview.contacts} first={index === 0} />)}
        {overview.as_of !== null && filled.length > 0 && empty.length > 0 && <Text size="sm" c="dimmed" mt="md">{t('nobody_in', { groups: empty.map(group => t(`kinds.${group.kind}.short`)).join(', ') })}</Text>}
        {overview.domains_to_ask > 0 && <Text size="xs" c="dimmed" mt="xs">{t('domains_to_ask', { count: overview.domains_to_ask })}</Text>}
        {overview.as_of !== null && <Text size="xs" c="dimmed" mt="xs">{t('as_of')} <TimeAgo time={overview.as_of} /></Text>}
      </Stack>
    </Paper>
  )
}

function GroupRow({ group, contacts, first }: { group: HygieneOverview['groups'][number], contacts: number, first: boolean }) {
  const { t } = useTranslation('hygiene')
  const format = useFormat()
  const may = useMay('marketing')
  const noteWords = useNoteWords()
  const [people, setPeople] = useState(false)
  const [act, setAct] = useState<HygieneAct | null>(null)
  const [main, ...others] = group.actions
  const title = t(`kinds.${group.kind}.title`)
  return (
    <Group py="sm" gap="md" align="flex-start" style={first ? {} : { borderTop: '1px solid var(--mantine-color-default-border)' }}>
      <Stack gap={2} flex="1 1 320px" miw={0}>
        <Group gap="xs" align="baseline">
          <Text fw={600}>{title}</Text>
          {isWrong(group.kind) && <Badge color="red" variant="light" size="sm">{t('harms')}</Badge>}
        </Group>
        <Text size="sm" c="dimmed">{t(`kinds.${group.kind}.text`)}</Text>
      </Stack>
      <Group flex="0 1 390px" gap="md" justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={0} w={{ sm: 110 }}>
          <Anchor component="button" type="button" fw={600} fz="lg" ta={{ base: 'left', sm: 'right' }} onClick={() => setPeople(true)} aria-label={`${format.number(group.count)}: ${t('show_people', { title })}`}>{format.number(group.count)}</Anchor>
          {contacts > 0 && <Text size="xs" c="dimmed" ta={{ base: 'left', sm: 'right' }}>{t('of_list', { share: format.percent(group.count / contacts, 1) })}</Text>}
        </Stack>
        {may && main !== undefined && (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button variant="light" onClick={() => setAct(main)}>{t(`acts.${main}.button`)}</Button>
            <Menu position="bottom-end">
              <Menu.Target><Button variant="default" px={8} aria-label={t('more_acts', { title })}><IconDots size={17} /></Button></Menu.Target>
              <Menu.Dropdown>
                {others.map(other => <Menu.Item key={other} color={other === 'delete' ? 'red' : undefined} onClick={() => setAct(other)}>{t(`acts.${other}.button`)}</Menu.Item>)}
              </Menu.Dropdown>
            </Menu>
          </Group>
        )}
      </Group>
      <PeopleDrawer title={title} path={`/hygiene/groups/${group.kind}/people`} opened={people} onClose={() => setPeople(false)} noteWords={noteWords} />
      {act !== null && <ActDialog kind={group.kind} act={act} onClose={() => setAct(null)} />}
    </Group>
  )
}

/** Addresses that cannot be right: mail to them says of a sender that he does not know his people. */
const isWrong = (kind: HygieneKind): boolean => kind === 'no_mail' || kind === 'typo' || kind === 'soft_bounces' || kind === 'disposable'

