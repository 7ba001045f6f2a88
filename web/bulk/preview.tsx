import { Alert, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { BulkPreview } from '../../shared/bulk.ts'
import { useFormat } from '../ui/format.ts'

/** How many an action would change, whom for example, and who would stay as they are and why. */
export function Preview({ preview }: { preview: BulkPreview }) {
  const { t } = useTranslation('bulk')
  const format = useFormat()
  return (
    <Alert color={preview.will_change === 0 ? 'gray' : 'pine'} variant="light" title={preview.will_change === 0 ? t('preview.nobody') : t('preview.people', { count: preview.will_change, number: format.number(preview.will_change) })}>
      <Stack gap={4}>
        {preview.stay.map(({ reason, count }) => <Text key={reason} size="sm">{t(`preview.stay.${reason}`, { count, number: format.number(count) })}</Text>)}
        {preview.examples.map(person => (
          <Text key={person.contact_id} size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {person.name === person.email || person.email === '' ? person.name : `${person.name} · ${person.email}`}
            {person.before !== null && <> · {t('was', { value: person.before })}</>}
            {person.after !== null && <> → <Text span fw={600} c="var(--mantine-color-text)">{person.after}</Text></>}
          </Text>
        ))}
        {preview.will_change > preview.examples.length && <Text size="sm" c="dimmed">{t('preview.and_more', { count: preview.will_change - preview.examples.length, number: format.number(preview.will_change - preview.examples.length) })}</Text>}
      </Stack>
    </Alert>
  )
}
