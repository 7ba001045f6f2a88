import { useState } from 'react'
import { Alert, Group, List, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck, IconDeviceDesktop, IconDeviceMobile, IconExclamationCircle, IconFileText, IconInfoCircle } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { MailDocument, MailLocale, MailPreview, MailProblem } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { ContactPicker } from './contact-picker.tsx'
import { MailFrame } from './mail-frame.tsx'
import classes from './templates.module.css'

type Request = { document: MailDocument, locale: MailLocale, kind: 'marketing' | 'transactional', contact_id: number | undefined }

/** The mail as the server makes it, half a second after the last change. */
export function usePreview(request: Request) {
  const key = JSON.stringify(request)
  const [settled] = useDebouncedValue(key, 400)
  const query = useQuery({
    queryKey: ['template-preview', settled],
    queryFn: ({ signal }) => api.post<MailPreview>('/templates/preview', JSON.parse(settled), { signal }),
    placeholderData: keepPreviousData, gcTime: 30_000, retry: false,
  })
  return { preview: query.data, error: query.error, stale: settled !== key || query.isPlaceholderData }
}

type Props = { preview: MailPreview | undefined, error: unknown, stale: boolean, contactId: number | null, onContact: (id: number | null) => void, onProblem: (problem: MailProblem) => void, sender: string }

export function PreviewPanel({ preview, error, stale, contactId, onContact, onProblem, sender }: Props) {
  const { t } = useTranslation('templates')
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop')
  // While something is wrong there is nothing to show: the last good picture stays.
  const [good, setGood] = useState<MailPreview | undefined>(undefined)
  if (preview !== undefined && preview.html !== '' && preview !== good) setGood(preview)
  const shown = preview !== undefined && preview.html !== '' ? preview : good
  const choices = [['desktop', IconDeviceDesktop], ['phone', IconDeviceMobile], ['text', IconFileText]] as const
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <ContactPicker value={contactId} onChange={onContact} />
        <SegmentedControl
          size="xs" aria-label={t('preview.view')} value={view} onChange={value => setView(value as typeof view)}
          data={choices.map(([value, Icon]) => ({ value, label: <Group gap={5} wrap="nowrap"><Icon size={15} stroke={1.7} aria-hidden /><span>{t(`preview.${value}`)}</span></Group> }))}
        />
      </Group>
      <div className={classes.paper} aria-busy={stale}>
        <div className={classes.envelope}>
          <Text size="xs" c="dimmed">{sender}</Text>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>{shown?.subject || t('no_subject')}</Text>
          {shown !== undefined && shown.preheader !== '' && <Text size="sm" c="dimmed" lineClamp={1}>{shown.preheader}</Text>}
        </div>
        <div className={classes.stage} data-stale={stale || undefined}>
          {shown !== undefined && (view === 'text'
            ? <pre className={classes.text}>{shown.text}</pre>
            : <div className={view === 'phone' ? classes.phone : undefined} style={view === 'phone' ? undefined : { width: '100%' }}><MailFrame html={shown.html} title={t('preview.title')} /></div>)}
        </div>
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {preview !== undefined && <Problems problems={preview.problems} onProblem={onProblem} />}
    </Stack>
  )
}

const marks = { error: IconExclamationCircle, warning: IconAlertTriangle, info: IconInfoCircle }
const colours = { error: 'red', warning: 'amber', info: 'gray' }

function Problems({ problems, onProblem }: { problems: MailProblem[], onProblem: (problem: MailProblem) => void }) {
  const { t } = useTranslation('templates')
  if (!problems.some(problem => problem.level !== 'info')) {
    return (
      <Stack gap={6}>
        <Group gap={6}><IconCircleCheck size={17} color="var(--mantine-color-pine-6)" aria-hidden /><Text size="sm">{t('problems.none')}</Text></Group>
        {problems.map(problem => <Text key={problem.message} size="xs" c="dimmed">{problem.message}</Text>)}
      </Stack>
    )
  }
  return (
    <Alert variant="light" color={problems.some(problem => problem.level === 'error') ? 'red' : 'amber'} title={t('problems.title', { count: problems.filter(problem => problem.level !== 'info').length })} aria-live="polite">
      <List spacing={5} size="sm" listStyleType="none">
        {problems.map((problem) => {
          const Mark = marks[problem.level]
          const words = <Group gap={7} wrap="nowrap" align="flex-start"><Mark size={16} stroke={1.8} aria-hidden color={`var(--mantine-color-${colours[problem.level]}-6)`} style={{ flex: 'none', marginTop: 2 }} /><span>{problem.message}</span></Group>
          return (
            <List.Item key={problem.message}>
              {problem.block_id === null ? words : <UnstyledButton fz="sm" onClick={() => onProblem(problem)} title={t('problems.show')}>{words}</UnstyledButton>}
            </List.Item>
          )
        })}
      </List>
    </Alert>
  )
}
