import { Code, List, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconMinus, IconQuestionMark, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { DomainFinding } from '../../shared/delivery.ts'
import { CopyField } from '../ui/copy-field.tsx'

const looks = {
  good: { color: 'pine', icon: IconCheck }, optional: { color: 'gray', icon: IconMinus }, advice: { color: 'amber', icon: IconAlertTriangle },
  bad: { color: 'red', icon: IconX }, unknown: { color: 'gray', icon: IconQuestionMark },
}

export const findingKey = (finding: DomainFinding): string => `${finding.kind}-${finding.about ?? ''}`

export function LevelIcon({ level }: { level: DomainFinding['level'] }) {
  const { t } = useTranslation('domains')
  const { color, icon: Icon } = looks[level]
  return <ThemeIcon size={24} radius="xl" variant="light" color={color} aria-label={t(`levels.${level}`)} role="img"><Icon size={15} stroke={2} /></ThemeIcon>
}

/** What it is for, what was found, and exactly what to put where. */
export function FindingDetails({ finding }: { finding: DomainFinding }) {
  const { t } = useTranslation('domains')
  const { record, file } = finding
  const problems = finding.values['problems']?.split(',') ?? []
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t(`explains.${finding.kind}`)}</Text>
      {problems.length > 0 && <List size="sm" spacing={4}>{problems.map(problem => <List.Item key={problem}>{t(`logo_problems.${problem}`, finding.values)}</List.Item>)}</List>}
      {finding.found.length > 0 && (
        <div>
          <Text size="sm" fw={500} mb={4}>{t('found')}</Text>
          {finding.found.map(text => <Code key={text} block fz="xs" mb={4} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Code>)}
        </div>
      )}
      {record && (
        <Stack gap={6}>
          <Text size="sm" fw={500}>{record.type === 'PTR' ? t('ask_for_record') : finding.found.length > 0 && record.type === 'TXT' && finding.code !== 'reports_not_accepted' ? t('change_record') : t('add_record', { type: record.type })}</Text>
          <CopyField label={t('record_name')} value={record.name} />
          <CopyField label={t('record_value')} value={record.value} multiline />
        </Stack>
      )}
      {file && (
        <Stack gap={6}>
          <Text size="sm" fw={500}>{t('put_file')}</Text>
          <CopyField label={t('file_address')} value={file.url} />
          <CopyField label={t('file_content')} value={file.content} multiline />
        </Stack>
      )}
    </Stack>
  )
}
