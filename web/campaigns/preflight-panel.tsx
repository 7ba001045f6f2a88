import { Anchor, Button, Divider, Group, Paper, Progress, Skeleton, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign, Preflight, PreflightIssue } from '../../shared/campaigns.ts'
import { api, withQuery } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PeopleDrawer } from '../ui/people-drawer.tsx'
import { CheckLine } from './check-line.tsx'
import { ContentCheckPanel } from './content-check.tsx'
import { MailCheckPanel } from './mail-check.tsx'
import { MailProblemLine } from './mail-problem-line.tsx'
import { PeopleRow } from './people-row.tsx'
import { useReasonWords } from '../messages/reason-words.ts'
import classes from './campaigns.module.css'

export const preflightKey = (campaign: Campaign) => ['campaign-preflight', campaign.id, campaign.segment?.id, campaign.template?.id, campaign.topic?.id]

/** Who will get it, who not and why, what would look wrong: known before anything is sent. */
export function PreflightPanel({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  const words = useReasonWords()
  const [opened, { open, close }] = useDisclosure(false)
  const key = preflightKey(campaign)
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Preflight>(`/campaigns/${campaign.id}/preflight`, { signal }), placeholderData: previous => previous })
  const people = (reason?: string) => withQuery(`/campaigns/${campaign.id}/preflight/people`, { reason })
  if (found.isPending) return <Skeleton height={300} radius="lg" />
  if (found.isError) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  const { audience, will_get, skipped, problems, sender, issues } = found.data
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
        {problems.length > 0 && (
          <Stack gap={6}>
            <Title order={3} size="h5">{t('mail_problems')}</Title>
            {problems.map(problem => <MailProblemLine key={problem.message} campaign={campaign} problem={problem} />)}
          </Stack>
        )}
        {campaign.template && campaign.segment && campaign.topic && <MailCheckPanel campaign={campaign} />}
        {campaign.template && <ContentCheckPanel key={campaign.template.id} campaign={campaign} />}
        <Text size="xs" c="dimmed">{t('from', { name: sender.name, email: sender.email })}</Text>
      </Stack>
    </Paper>
  )
}

function Issue({ issue }: { issue: PreflightIssue }) {
  const { t } = useTranslation('campaigns')
  const format = useFormat()
  return <CheckLine level={issue.level}>{t(`issues.${issue.code}`, { detail: issue.detail !== null && /^\d+$/.test(issue.detail) ? format.number(Number(issue.detail)) : issue.detail ?? '' })}{issueLinks[issue.code] !== undefined && <> <Anchor component={Link} size="sm" to={issueLinks[issue.code]!}>{t('mend')}</Anchor></>}</CheckLine>
}

const issueLinks: Partial<Record<PreflightIssue['code'], string>> = {
  no_sender: '/settings', free_mail_sender: '/settings', no_postal_address: '/settings', test_mailbox: '/settings/sending', unsigned: '/settings/sending', record_not_verified: '/settings/sending', server_down: '/settings/sending',
}
