import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign, ContentCheck, ContentProblem } from '../../shared/campaigns.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { CheckLine } from './check-line.tsx'
import { editorPath, usePlaceWords } from './finding-words.ts'

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
      {check.data && <Result campaign={campaign} result={check.data} />}
    </Stack>
  )
}

function Result({ campaign, result }: { campaign: Campaign, result: ContentCheck }) {
  const { t, i18n } = useTranslation('content')
  const format = useFormat()
  const { spam } = result
  if (result.mails.length === 0) return <Text size="sm" c="dimmed">{t('no_mail')}</Text>
  return (
    <Stack gap={6} role="status">
      <Text size="sm">{t('looked_at', { links: format.number(result.links), images: format.number(result.images) })} {result.mails.map(mail => t('size', { locale: mail.locale, kilobytes: format.number(Math.ceil(mail.bytes / 1024)) })).join(' ')}</Text>
      {result.problems.length === 0 && <CheckLine level="good">{t('good')}</CheckLine>}
      {result.problems.map(problem => <Problem key={`${problem.code} ${problem.locale ?? ''} ${problem.subject}`} campaign={campaign} problem={problem} />)}
      {spam && (
        <CheckLine level={spam.score >= spam.threshold ? 'error' : 'good'}>
          {t('spam', { score: format.number(spam.score), threshold: format.number(spam.threshold) })}
          {spam.rules.map(rule => <Text key={rule.name} size="xs" c="dimmed">{format.number(rule.score)} · {i18n.exists(`content:rules.${rule.name}`) ? t(`rules.${rule.name}`) : rule.words} <Text span size="xs" c="dimmed" ff="monospace">{rule.name}</Text></Text>)}
        </CheckLine>
      )}
      {!spam && <Text size="xs" c="dimmed">{t('no_spamassassin')}</Text>}
    </Stack>
  )
}

function Problem({ campaign, problem }: { campaign: Campaign, problem: ContentProblem }) {
  const { t } = useTranslation('content')
  const placeWords = usePlaceWords()
  const may = useMay('marketing')
  const isAddress = /^https?:/i.test(problem.subject)
  return (
    <CheckLine level={problem.level}>
      {t(`problems.${problem.code}`, { subject: isAddress ? '' : problem.subject })}
      {problem.detail && <> ({problem.detail})</>}
      {isAddress && <Anchor href={problem.subject} target="_blank" rel="noreferrer noopener" size="xs" display="block" style={{ overflowWrap: 'anywhere' }}>{problem.subject}</Anchor>}
      {may && campaign.template && problem.places.length > 0 && (
        <Group gap={10} mt={2}>
          {problem.places.map(place => <Anchor key={`${place.locale} ${place.part} ${place.block_id}`} component={Link} size="xs" to={editorPath(campaign.template!.id, place.locale, place)}>{t('mail_check:mend', { place: `${placeWords(place)}, ${place.locale}` })}</Anchor>)}
        </Group>
      )}
    </CheckLine>
  )
}
