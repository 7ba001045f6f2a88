import { Alert, Anchor, Button, Collapse, Divider, Group, List, Paper, Progress, Skeleton, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign, Preflight, PreflightIssue } from '../../shared/campaigns.ts'
import { api, withQuery } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { ContentCheckPanel } from './content-check.tsx'
import { PeopleRow } from './people-row.tsx'
import { useReasonWords } from '../messages/reason-words.ts'
import classes from './campaigns.module.css'

export const preflightKey = (campaign: Campaign) => ['campaign-preflight', campaign.id, campaign.segment?.id, campaign.template?.id, campaign.topic?.id]

/** Who will get it, who not and why, what would look wrong: known before anything is sent. */
export function PreflightPanel({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('campaigns')
  const client = useQueryClient()
  const format = useFormat()
  const words = useReasonWords()
  const [opened, { open, close }] = useDisclosure(false)
  const [examples, { toggle }] = useDisclosure(false)
  const key = preflightKey(campaign)
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Preflight>(`/campaigns/${campaign.id}/preflight`, { signal }), placeholderData: previous => previous })
  const all = useMutation({
    mutationFn: () => api.get<Preflight>(`/campaigns/${campaign.id}/preflight?render=all`),
    onSuccess: result => client.setQueryData(key, result),
  })
  const people = (reason?: string) => withQuery(`/campaigns/${campaign.id}/preflight/people`, { reason })
  if (found.isPending) return <Skeleton height={300} radius="lg" />
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  const { audience, will_get, skipped, mail, sender, issues } = found.data
  return (
    <Paper>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">{t('preflight')}</Title>
          <Button size="compact-xs" variant="subtle" leftSection={<IconRefresh size={14} />} loading={found.isFetching} onClick={() => void found.refetch()}>{t('check_again')}</Button>
        </Group>
        {campaign.segment && campaign.topic && (
          <>
            <UnstyledButton onClick={open} disabled={will_get === 0}>
              <Text className={classes.number ?? ''}>{format.number(will_get)}</Text>
              <Text size="sm" c="dimmed">{t('will_get_of', { audience: format.number(audience) })}</Text>
            </UnstyledButton>
            <PeopleDrawer title={t('will_get', { count: will_get })} path={people()} opened={opened} onClose={close} />
            {audience > 0 && <Progress value={will_get / audience * 100} aria-label={t('will_get', { count: will_get })} />}
            {skipped.length > 0 && (
              <div>
                <Text size="sm" fw={600} mb={2}>{t('left_out')}</Text>
                {skipped.map(({ reason, count }) => <PeopleRow key={reason} label={words(reason)} title={words(reason)} count={count} path={people(reason)} />)}
              </div>
            )}
            <Divider />
          </>
        )}
        <Stack gap={6}>{issues.map(issue => <Issue key={issue.code} issue={issue} />)}</Stack>
        {mail.rendered > 0 && (
          <Stack gap={6}>
            <Line level={mail.with_problems > 0 ? 'warning' : 'good'}>
              {mail.with_problems === 0 ? t('rendered_good', { count: mail.rendered }) : t('rendered_bad', { rendered: format.number(mail.rendered), wrong: format.number(mail.with_problems) })}
              {mail.rendered < will_get && <> <Button size="compact-xs" variant="subtle" loading={all.isPending} onClick={() => all.mutate()}>{t('render_all', { all: format.number(will_get) })}</Button></>}
            </Line>
            {mail.examples.length > 0 && (
              <>
                <Button size="compact-xs" variant="subtle" w="fit-content" onClick={toggle}>{t(examples ? 'hide_examples' : 'show_examples')}</Button>
                <Collapse expanded={examples}>
                  <List size="sm" spacing={4}>{mail.examples.map(example => <List.Item key={example.contact_id}><Anchor component={Link} size="sm" to={`/contacts/${example.contact_id}`}>{example.name}</Anchor>: {example.problems.join('; ')}</List.Item>)}</List>
                </Collapse>
              </>
            )}
          </Stack>
        )}
        {mail.problems.length > 0 && (
          <Alert color="amber" variant="light" title={t('mail_problems')}>
            <List size="sm" spacing={3}>{mail.problems.map(problem => <List.Item key={problem.message}>{problem.message}</List.Item>)}</List>
          </Alert>
        )}
        {campaign.template && <ContentCheckPanel key={campaign.template.id} campaign={campaign} />}
        <Text size="xs" c="dimmed">{t('from', { name: sender.name, email: sender.email })}</Text>
      </Stack>
    </Paper>
  )
}

function Issue({ issue }: { issue: PreflightIssue }) {
  const { t } = useTranslation('campaigns')
  return <Line level={issue.level}>{t(`issues.${issue.code}`, { detail: issue.detail ?? '' })}{issueLinks[issue.code] !== undefined && <> <Anchor component={Link} size="sm" to={issueLinks[issue.code]!}>{t('mend')}</Anchor></>}</Line>
}

const issueLinks: Partial<Record<PreflightIssue['code'], string>> = {
  no_sender: '/settings', free_mail_sender: '/settings', no_postal_address: '/settings', test_mailbox: '/settings/sending', unsigned: '/settings/sending', record_not_verified: '/settings/sending', server_down: '/settings/sending',
}

const icons = { blocking: IconCircleX, warning: IconAlertTriangle, info: IconInfoCircle, good: IconCircleCheck }
const colours = { blocking: 'red', warning: 'amber.6', info: 'dimmed', good: 'pine' }

function Line({ level, children }: { level: keyof typeof icons, children: React.ReactNode }) {
  const Icon = icons[level]
  return (
    <Group gap={8} wrap="nowrap" align="flex-start">
      <Text c={colours[level]} lh={1} pt={2}><Icon size={17} stroke={1.7} aria-hidden /></Text>
      <Text size="sm" component="div">{children}</Text>
    </Group>
  )
}
