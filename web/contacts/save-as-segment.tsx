import { useState } from 'react'
import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Condition } from '../../shared/conditions.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'

/** The filters of the list as a live segment, or whom they find now as a static one. */
export function SaveAsSegment({ opened, onClose, condition }: { opened: boolean, onClose: () => void, condition: Condition }) {
  const { t } = useTranslation('contacts')
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [kind, setKind] = useState('live')
  const save = useMutation({
    mutationFn: () => api.post<{ id: number }>('/segments', { kind, name: name.trim(), condition }),
    onSuccess: segment => void navigate(`/segments/${segment.id}`),
  })
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('save_as_segment')}</Text>}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack gap="sm">
          <SegmentedControl fullWidth aria-label={t('segments:kind.title')} value={kind} onChange={setKind} data={['live', 'static'].map(value => ({ value, label: t(`segments:kind.${value}`) }))} />
          <Text size="sm" c="dimmed">{t(kind === 'live' ? 'segment_hint' : 'segment_hint_static')}</Text>
          <TextInput label={t('segment_name')} required data-autofocus value={name} onChange={event => setName(event.currentTarget.value)} />
          <ErrorNotice error={save.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{t('app:save')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
