import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Campaign, ContentCheck, ContentProblem } from '../../shared/campaigns.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'

/** Links, pictures, size and what mail programs do not show: asked for once, since it takes some seconds. */
export function ContentCheckPanel({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('content')
  const check = useMutation({ mutationFn: () => api.post<ContentCheck>(`/campaigns/${campaign.id}/content-check`) })
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Button size="compact-sm" variant="light" loading={check.isPending} onClick={() => check.mutate()}>{t(check.data ? 'again' : 'check')}</Button>
        {!check.data && <Text size="xs" c="dimmed">{t('hint')}</Text>}
      </Group>
      <ErrorNotice error={check.error} />
      {check.data && <Result result={check.data} />}
    </Stack>
  )
}

function Result({ result }: { result: ContentCheck }) {
  const { t } = useTranslation('content')
  const format = useFormat()
  const { spam } = result
  if (result.mails.length === 0) return <Text size="sm" c="dimmed">{t('no_mail')}</Text>
  return (
    <Stack gap={6} role="status">
      <Text size="sm">{t('looked_at', { links: format.number(result.links), images: format.number(result.images) })} {result.mails.map(mail => t('size', { locale: mail.locale, kilobytes: format.number(Math.ceil(mail.bytes / 1024)) })).join(' ')}</Text>
      {result.problems.length === 0 && <Line icon={<IconCircleCheck size={17} stroke={1.7} aria-hidden />} color="pine">{t('good')}</Line>}
      {result.problems.map(problem => <Problem key={`${problem.code} ${problem.locale ?? ''} ${problem.subject}`} problem={problem} />)}
      {spam && (
        <Line icon={spam.score >= spam.threshold ? <IconCircleX size={17} stroke={1.7} aria-hidden /> : <IconCircleCheck size={17} stroke={1.7} aria-hidden />} color={spam.score >= spam.threshold ? 'red' : 'pine'}>
          {t('spam', { score: format.number(spam.score), threshold: format.number(spam.threshold) })}
          {spam.rules.map(rule => <Text key={rule.name} size="xs" c="dimmed">{format.number(rule.score)} {rule.name}: {rule.words}</Text>)}
        </Line>
      )}
      {!spam && <Text size="xs" c="dimmed">{t('no_spamassassin')}</Text>}
    </Stack>
  )
}

function Problem({ problem }: { problem: ContentProblem }) {
  const { t } = useTranslation('content')
  const isAddress = /^https?:/i.test(problem.subject)
  return (
    <Line icon={problem.level === 'error' ? <IconCircleX size={17} stroke={1.7} aria-hidden /> : <IconAlertTriangle size={17} stroke={1.7} aria-hidden />} color={problem.level === 'error' ? 'red' : 'amber.6'}>
      {t(`problems.${problem.code}`, { subject: isAddress ? '' : problem.subject })}
      {problem.detail && <> ({problem.detail})</>}
      {isAddress && <Anchor href={problem.subject} target="_blank" rel="noreferrer noopener" size="xs" display="block" style={{ overflowWrap: 'anywhere' }}>{problem.subject}</Anchor>}
    </Line>
  )
}

function Line({ icon, color, children }: { icon: React.ReactNode, color: string, children: React.ReactNode }) {
  return <Group gap={8} wrap="nowrap" align="flex-start"><Text c={color} lh={1} pt={2}>{icon}</Text><Text size="sm" component="div">{children}</Text></Group>
}
