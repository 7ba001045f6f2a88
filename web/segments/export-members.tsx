import { useState } from 'react'
import { Button, Checkbox, Group, Modal, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { SegmentDetail } from '../../shared/segments.ts'
import { apiUrl } from '../app/api.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'

const own = ['entered_at', 'id', 'email', 'phone', 'external_id', 'first_name', 'last_name', 'company', 'city', 'locale', 'time_zone', 'source', 'owner', 'tags', 'subscribed_to', 'orders_count', 'revenue', 'currency', 'engagement_score', 'rfm_class', 'predicted_value', 'last_event_at', 'created_at']
const usual = ['email', 'phone', 'first_name', 'last_name', 'city', 'orders_count', 'revenue', 'entered_at']

/** The members as a file, with the columns chosen, in the language of the screen. */
export function ExportMembers({ segment, opened, onClose }: { segment: SegmentDetail, opened: boolean, onClose: () => void }) {
  const { t, i18n } = useTranslation('segments')
  const vocabulary = useVocabulary()
  const [chosen, setChosen] = useState(usual)
  const all = [...own.map(name => ({ name, label: t(`export.columns.${name}`) })), ...(vocabulary.data?.custom_fields ?? []).map(field => ({ name: `fields.${field.key}`, label: field.label }))]
  const columns = all.filter(column => chosen.includes(column.name)).map(column => column.name)
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={<Text fw={600}>{t('export.title')}</Text>}>
      <Stack gap="md">
        <Checkbox.Group value={chosen} onChange={setChosen} label={t('export.choose')}>
          <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing={8} mt="xs">
            {all.map(column => <Checkbox key={column.name} size="xs" value={column.name} label={column.label} />)}
          </SimpleGrid>
        </Checkbox.Group>
        <Text size="xs" c="dimmed">{t('export.hint')}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          {(['csv', 'xlsx'] as const).map(format => (
            <Button
              key={format} variant={format === 'csv' ? 'filled' : 'light'} component="a" download leftSection={<IconDownload size={16} />} data-disabled={columns.length === 0 || undefined} onClick={onClose}
              href={apiUrl(`/segments/${segment.id}/export`, { columns: columns.join(','), language: i18n.language === 'ru' ? 'ru' : 'en', format })}
            >{t(`export.download_${format}`)}</Button>
          ))}
        </Group>
      </Stack>
    </Modal>
  )
}
