import { Anchor, Button, Group, Paper, Skeleton, Text } from '@mantine/core'
import { IconMailPlus, IconPencil } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api, withQuery } from '../app/api.ts'
import { MailFrame } from '../templates/mail-frame.tsx'
import { useEditor } from './editor.ts'
import { IdSelect } from './pickers.tsx'
import type { FormOf } from './form-of.ts'

/** Which mail, under which topic; what it looks like, and the way to its editor that comes back here. */
export function MailForm({ step, stepKey, set }: FormOf<'mail'>) {
  const { t } = useTranslation('journeys')
  const { lookups, readOnly, editMail, journeyId, report } = useEditor()
  const mails = report?.steps[stepKey]?.mails
  const needsTopic = step.template_id === null || !lookups.transactional.has(step.template_id)
  return (
    <>
      <IdSelect label={t('mail')} data={lookups.templates} value={step.template_id} onChange={template_id => set({ template_id })} />
      {step.template_id !== null && <MailGlimpse template={step.template_id} />}
      <Group gap="xs">
        {step.template_id !== null && <Button size="xs" variant="light" leftSection={<IconPencil size={15} />} onClick={() => editMail(stepKey)}>{t(readOnly ? 'look_at_mail' : 'edit_mail')}</Button>}
        {step.template_id === null && !readOnly && <Button size="xs" variant="light" leftSection={<IconMailPlus size={15} />} onClick={() => editMail(stepKey)}>{t('new_mail')}</Button>}
        {(mails?.sent ?? 0) + (mails?.queued ?? 0) + (mails?.skipped ?? 0) > 0 && <Anchor component={Link} to={withQuery(`/journeys/${journeyId}/ledger`, { step: stepKey })} size="sm">{t('ledger.open')}</Anchor>}
      </Group>
      {needsTopic
        ? <IdSelect label={t('topic')} hint={t('topic_hint')} placeholder={t('any_topic')} clearable data={lookups.topics} value={step.topic_id} onChange={topic_id => set({ topic_id })} />
        : <Text size="xs" c="dimmed">{t('transactional_hint')}</Text>}
    </>
  )
}

/** The subject and the upper part of the mail, small. */
function MailGlimpse({ template }: { template: number }) {
  const { t } = useTranslation('journeys')
  const picture = useQuery({ queryKey: ['template-glimpse', template], queryFn: ({ signal }) => api.get<{ subject: string, html: string }>(`/templates/${template}/preview`, { signal }), staleTime: 30_000 })
  if (picture.isError) return null
  return (
    <Paper p={0} style={{ overflow: 'hidden' }}>
      <Text size="sm" fw={500} px="sm" py={6} truncate>{picture.data?.subject || (picture.isPending ? '…' : t('no_subject'))}</Text>
      <div aria-hidden inert style={{ height: 150, overflow: 'hidden', borderTop: '1px solid var(--otklik-line)' }}>
        {picture.data ? <div style={{ transform: 'scale(0.52)', transformOrigin: '0 0', width: 620 }}><MailFrame html={picture.data.html} title={picture.data.subject} width={620} height={300} /></div> : <Skeleton h={150} radius={0} />}
      </div>
    </Paper>
  )
}
