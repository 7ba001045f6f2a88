import { useState } from 'react'
import { Anchor, Button, Group, Paper, Select, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconMailForward } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import type { SegmentListRow } from '../../shared/segments.ts'
import type { MailLocale, TemplateDetail, TemplateSummary } from '../../shared/templates.ts'
import type { Topic } from '../../shared/consent.ts'
import { api, type Page } from '../app/api.ts'
import { useFormat } from '../ui/format.ts'
import { MailFrame } from '../templates/mail-frame.tsx'
import { SendTest } from '../templates/send-test.tsx'
import type { ChangeCampaign } from './campaign-page.tsx'
import classes from './campaigns.module.css'

const list = <Row,>(key: string, path: string) => ({ queryKey: ['choices', key], queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Page<Row>>(path, { signal }), staleTime: 30_000 })

export function SetUp({ campaign, disabled, onChange }: { campaign: Campaign, disabled: boolean, onChange: ChangeCampaign }) {
  const { t, i18n } = useTranslation('campaigns')
  const format = useFormat()
  const segments = useQuery(list<SegmentListRow>('segments', '/segments?limit=200'))
  const templates = useQuery(list<TemplateSummary>('templates', '/templates?limit=200'))
  const topics = useQuery(list<Topic>('topics', '/topics'))
  const id = (value: string | null) => value === null ? null : Number(value)
  const withCurrent = <Row extends { value: string }>(choices: Row[], current: Row | null) => current === null || choices.some(choice => choice.value === current.value) ? choices : [...choices, current]
  return (
    <>
      <Paper>
        <Stack gap="sm">
          <Title order={2} size="h3">{t('who')}</Title>
          <Select
            label={t('segment')} placeholder={t('choose_segment')} searchable disabled={disabled} nothingFoundMessage={t('nothing_found')}
            value={campaign.segment ? String(campaign.segment.id) : null} onChange={value => onChange({ segment_id: id(value) })}
            data={withCurrent((segments.data?.data ?? []).map(segment => ({ value: String(segment.id), label: `${segment.name} · ${format.number(segment.members_count)}` })), campaign.segment && { value: String(campaign.segment.id), label: campaign.segment.name })}
          />
          {campaign.segment ? <Anchor component={Link} to={`/segments/${campaign.segment.id}`} size="sm">{t('open_segment')}</Anchor> : <Text size="sm" c="dimmed">{t('segment_hint')} <Anchor component={Link} to="/segments/new" size="sm">{t('make_segment')}</Anchor></Text>}
          <Select
            label={t('topic')} description={t('topic_hint')} placeholder={t('choose_topic')} disabled={disabled}
            value={campaign.topic ? String(campaign.topic.id) : null} onChange={value => onChange({ topic_id: id(value) })}
            data={withCurrent((topics.data?.data ?? []).filter(topic => topic.archived_at === null).map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en })), campaign.topic && { value: String(campaign.topic.id), label: i18n.language === 'ru' ? campaign.topic.name_ru : campaign.topic.name_en })}
          />
        </Stack>
      </Paper>
      <Paper>
        <Stack gap="sm">
          <Title order={2} size="h3">{t('what')}</Title>
          <Select
            label={t('template')} placeholder={t('choose_template')} searchable disabled={disabled} nothingFoundMessage={t('nothing_found')}
            value={campaign.template ? String(campaign.template.id) : null} onChange={value => onChange({ template_id: id(value) })}
            data={withCurrent((templates.data?.data ?? []).filter(template => template.kind === 'marketing').map(template => ({ value: String(template.id), label: template.name })), campaign.template && { value: String(campaign.template.id), label: campaign.template.name })}
          />
          {campaign.template ? <MailPreview templateId={campaign.template.id} /> : <Text size="sm" c="dimmed">{t('template_hint')} <Anchor component={Link} to="/templates" size="sm">{t('make_template')}</Anchor></Text>}
        </Stack>
      </Paper>
    </>
  )
}

function MailPreview({ templateId }: { templateId: number }) {
  const { t } = useTranslation('campaigns')
  const [testing, { open, close }] = useDisclosure(false)
  const [width, setWidth] = useState(0)
  const template = useQuery({ queryKey: ['template', templateId, 'for-campaign'], queryFn: ({ signal }) => api.get<TemplateDetail>(`/templates/${templateId}`, { signal }) })
  const picture = useQuery({ queryKey: ['template-picture', templateId, template.data?.version_id], enabled: template.isSuccess, queryFn: ({ signal }) => api.get<{ locale: MailLocale, html: string }>(`/templates/${templateId}/preview`, { signal }) })
  if (!template.data) return <Skeleton height={320} radius="md" />
  const { locales, subject } = template.data
  return (
    <Stack gap="xs">
      <Text size="sm"><Text span c="dimmed" size="sm">{t('subject')}: </Text>{subject || t('no_subject')}</Text>
      <div className={classes.mail} ref={element => { if (element && width === 0) setWidth(element.clientWidth) }} aria-hidden inert>
        {picture.data && width > 0 && <div style={{ transform: `scale(${Math.min(1, width / 640)})`, transformOrigin: '0 0', width: Math.max(640, width) }}><MailFrame html={picture.data.html} title={template.data.name} width="100%" height={Math.ceil(320 / Math.min(1, width / 640))} /></div>}
      </div>
      <Group gap="sm">
        <Button size="xs" variant="light" leftSection={<IconMailForward size={15} />} onClick={open}>{t('test_to_me')}</Button>
        <Anchor component={Link} to={`/templates/${templateId}`} size="sm">{t('edit_mail')}</Anchor>
      </Group>
      {locales[0] !== undefined && <SendTest opened={testing} onClose={close} templateId={templateId} locales={locales} locale={picture.data?.locale ?? locales[0]} contactId={null} beforeSending={() => Promise.resolve()} />}
    </Stack>
  )
}
