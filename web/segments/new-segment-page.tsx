import { useState } from 'react'
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Condition } from '../../shared/conditions.ts'
import type { SegmentDetail } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { isComplete } from '../conditions/leaves.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SegmentForm } from './segment-form.tsx'
import type { SegmentDraft } from './segment-form.tsx'

const nobodyYet: Condition = { all: [] }

export function Page() {
  const { t } = useTranslation('segments')
  const navigate = useNavigate()
  const client = useQueryClient()
  const vocabulary = useVocabulary()
  const [draft, setDraft] = useState<SegmentDraft>({ name: '', description: '', condition: nobodyYet })
  /** what was built before the other kind was looked at */
  const [kept, setKept] = useState<Condition>(nobodyYet)
  const [tried, setTried] = useState(false)
  const save = useMutation({
    mutationFn: () => api.post<SegmentDetail>('/segments', { ...draft, kind: draft.condition === undefined ? 'static' : 'live' }),
    onSuccess: (segment) => {
      notifyDone(t(segment.kind === 'static' ? 'form.created_static' : 'form.created'))
      void client.invalidateQueries({ queryKey: ['list'] })
      void client.invalidateQueries({ queryKey: ['condition-vocabulary'] })
      void navigate(`/segments/${segment.id}`)
    },
  })
  const problem = draft.name.trim() === '' ? t('form.name_missing') : vocabulary.data && draft.condition !== undefined && !isComplete(draft.condition, vocabulary.data) ? t('form.incomplete') : null
  const submit = () => {
    setTried(true)
    if (problem === null) save.mutate()
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <PageHeader title={t('new')} back={{ to: '/segments', label: t('back') }} actions={<Button type="submit" loading={save.isPending}>{t('form.create')}</Button>} />
      <Stack gap="md">
        <Stack gap={6}>
          <SegmentedControl
            aria-label={t('kind.title')} value={draft.condition === undefined ? 'static' : 'live'} data={['live', 'static'].map(value => ({ value, label: t(`kind.${value}`) }))} style={{ alignSelf: 'flex-start' }}
            onChange={(kind) => {
              if (draft.condition !== undefined) setKept(draft.condition)
              setDraft({ name: draft.name, description: draft.description, ...(kind === 'live' ? { condition: kept } : {}) })
            }}
          />
          <Text size="sm" c="dimmed">{t(draft.condition === undefined ? 'kind.static_hint' : 'kind.live_hint')}</Text>
        </Stack>
        <SegmentForm draft={draft} onChange={setDraft} error={save.error} nameError={tried && draft.name.trim() === '' ? t('form.name_missing') : undefined} />
        {tried && problem !== null && <Group><ErrorNotice error={new Error(problem)} /></Group>}
      </Stack>
    </form>
  )
}
