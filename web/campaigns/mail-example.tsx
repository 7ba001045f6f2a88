import { useState } from 'react'
import { ActionIcon, Alert, Anchor, Button, Drawer, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import type { MailExample, MailFinding } from '../../shared/mail-checks.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { MailFrame } from '../templates/mail-frame.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { CheckLine } from './check-line.tsx'
import { editorPath, useFindingWords, usePlaceWords } from './finding-words.ts'
import classes from './campaigns.module.css'

/** The mail as somebody with this fault would see it, the place marked; on to the next person with it. */
export function MailExampleDrawer({ campaign, finding, opened, onClose }: { campaign: Campaign, finding: MailFinding, opened: boolean, onClose: () => void }) {
  const { t } = useTranslation('mail_check')
  const words = useFindingWords()
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={720} title={<Text fw={600}>{t('example_title')}</Text>} closeButtonProps={{ 'aria-label': t('close') }}>
      {opened && <Stack gap="sm"><CheckLine level={finding.level}>{words(finding)}</CheckLine><Example campaign={campaign} finding={finding} /></Stack>}
    </Drawer>
  )
}

function Example({ campaign, finding }: { campaign: Campaign, finding: MailFinding }) {
  const { t } = useTranslation('mail_check')
  const format = useFormat()
  const words = useFindingWords()
  const placeWords = usePlaceWords()
  const may = useMay('marketing')
  const [place, setPlace] = useState(0)
  const person = finding.examples[place]
  const mail = useQuery({
    queryKey: ['campaign-mail-example', campaign.id, person?.contact_id, finding.id], enabled: person !== undefined,
    queryFn: ({ signal }) => api.get<MailExample>(`/campaigns/${campaign.id}/mail-check/mails/${person?.contact_id}?finding=${finding.id}`, { signal }),
  })
  if (!person) return null
  const shown = mail.data
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" style={{ minWidth: 0, overflowWrap: 'anywhere' }}>{t('as_seen_by')} <Anchor component={Link} size="sm" to={`/contacts/${person.contact_id}`}>{person.name}</Anchor></Text>
        {finding.examples.length > 1 && (
          <Group gap={4} wrap="nowrap">
            <ActionIcon variant="default" aria-label={t('previous')} disabled={place === 0} onClick={() => setPlace(place - 1)}><IconChevronLeft size={16} /></ActionIcon>
            <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{place + 1} / {finding.examples.length}</Text>
            <ActionIcon variant="default" aria-label={t('next')} disabled={place === finding.examples.length - 1} onClick={() => setPlace(place + 1)}><IconChevronRight size={16} /></ActionIcon>
          </Group>
        )}
      </Group>
      <ErrorNotice error={mail.error} />
      {mail.isPending && <Skeleton height={420} radius="md" />}
      {shown?.error && <Alert color="red" variant="light" title={t('cannot_render')}>{shown.error}</Alert>}
      {shown && !shown.error && (
        <div className={classes.example}>
          <Stack gap={2} p="sm">
            <Text size="xs" c="dimmed" component="div">{t('to')} <Marked on={shown.marked === 'to'}>{shown.to_name || t('no_name')}</Marked> {shown.to_email && <>&lt;{shown.to_email}&gt;</>}</Text>
            <Text size="sm" fw={600} component="div" style={{ overflowWrap: 'anywhere' }}><Marked on={shown.marked === 'subject'}>{shown.subject || t('no_subject')}</Marked></Text>
          </Stack>
          {/* Scripts do not run in it, so that this page may look into the frame and scroll to the place. */}
          <MailFrame html={shown.html} title={shown.subject || t('no_subject')} height={460} onShown={scrollToFault} />
          <Text size="xs" c="dimmed" px="sm" py={6}>{t('weighs', { kilobytes: format.number(shown.kilobytes) })}</Text>
        </div>
      )}
      {shown && shown.faults.length > 1 && (
        <Stack gap={4}>
          <Text size="sm" fw={600}>{t('all_of_this_mail')}</Text>
          {shown.faults.map(fault => <Text key={`${fault.code} ${fault.what} ${fault.words}`} size="sm">• {words(fault)}</Text>)}
        </Stack>
      )}
      {may && campaign.template && (
        <Group gap="xs">
          {finding.places.map(each => <Button key={`${each.part} ${each.block_id}`} component={Link} size="xs" variant="light" to={editorPath(campaign.template!.id, finding.locale, each)}>{t('mend', { place: placeWords(each) })}</Button>)}
          {finding.places.length === 0 && <Button component={Link} size="xs" variant="light" to={editorPath(campaign.template.id, finding.locale)}>{t('open_mail')}</Button>}
          <Button component={Link} size="xs" variant="default" to={`/contacts/${person.contact_id}`}>{t('open_card')}</Button>
        </Group>
      )}
    </Stack>
  )
}

const Marked = ({ on, children }: { on: boolean, children: React.ReactNode }) => on ? <mark className={classes.mark}>{children}</mark> : <>{children}</>

/** Within the frame only: the page around stays where it is. */
function scrollToFault(frame: HTMLIFrameElement): void {
  const place = frame.contentDocument?.getElementById('fault')
  if (place) frame.contentWindow?.scrollTo(0, place.getBoundingClientRect().top - frame.clientHeight / 2)
}
