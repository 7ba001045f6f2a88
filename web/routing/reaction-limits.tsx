import { useState } from 'react'
import { Button, Checkbox, Group, NumberInput, Select, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { leadSource, type LeadSource } from '../../shared/leads.ts'
import { reactionRules, type ReactionRules } from '../../shared/reactions.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'

/** Within how much working time leads are answered, and who hears of it when they are not. */
export function ReactionLimitsPanel() {
  const { t } = useTranslation('reactions')
  const query = useQuery({ queryKey: ['lead-reaction'], queryFn: () => api.get<ReactionRules>('/lead-reaction') })
  return (
    <Stack gap="sm">
      <Stack gap={2}>
        <Title order={2} size="h4">{t('limits.title')}</Title>
        <Text size="sm" c="dimmed">{t('limits.hint')}</Text>
      </Stack>
      <ErrorNotice error={query.error} retry={() => void query.refetch()} />
      {query.data !== undefined && <Form kept={query.data} />}
    </Stack>
  )
}

function Form({ kept }: { kept: ReactionRules }) {
  const { t } = useTranslation('reactions')
  const { t: words } = useTranslation('leads')
  const client = useQueryClient()
  const [rules, setRules] = useState(kept)
  const save = useMutation({
    mutationFn: () => api.put<ReactionRules>('/lead-reaction', rules),
    onSuccess: (saved) => {
      client.setQueryData(['lead-reaction'], saved)
      setRules(saved)
      notifyDone(t('app:saved'))
    },
  })
  const errors = errorsByField(save.error)
  const ofSource = (source: LeadSource, limit: number | null | undefined) => setRules({ ...rules, by_source: Object.fromEntries(Object.entries({ ...rules.by_source, [source]: limit }).filter(([, each]) => each !== undefined)) })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="md">
        <Minutes label={t('limits.minutes')} none={t('limits.none')} value={rules.minutes} error={errors['minutes']} onChange={minutes => setRules({ ...rules, minutes })} />
        <Stack gap={6}>
          <Text size="sm" fw={500}>{t('limits.by_source')}</Text>
          {leadSource.options.map(source => (
            <Group key={source} gap="sm" align="flex-start">
              <Select
                size="xs" w={{ base: '100%', xs: 280 }} aria-label={words(`sources.${source}`)} allowDeselect={false}
                value={rules.by_source[source] === undefined ? 'same' : rules.by_source[source] === null ? 'none' : 'own'}
                onChange={value => ofSource(source, value === 'same' ? undefined : value === 'none' ? null : rules.minutes ?? 60)}
                data={(['same', 'own', 'none'] as const).map(value => ({ value, label: `${words(`sources.${source}`)}: ${t(`limits.source.${value}`)}` }))}
              />
              {typeof rules.by_source[source] === 'number' && <NumberInput size="xs" w={110} aria-label={t('limits.minutes_of', { source: words(`sources.${source}`) })} min={1} max={10_080} allowDecimal={false} suffix={t('limits.suffix')} value={rules.by_source[source]} error={errors[`by_source.${source}`]} onChange={value => ofSource(source, Number(value))} />}
            </Group>
          ))}
        </Stack>
        <Group gap="sm" align="flex-end">
          <Select label={t('limits.then_tell')} description={t('limits.then_hint')} w={{ base: '100%', xs: 330 }} allowDeselect={false} value={rules.then_tell} onChange={value => setRules({ ...rules, then_tell: reactionRules.shape.then_tell.parse(value) })} data={reactionRules.shape.then_tell.options.map(value => ({ value, label: t(`limits.tells.${value}`) }))} />
          <NumberInput label={t('limits.then_minutes')} w={220} min={0} max={10_080} allowDecimal={false} suffix={t('limits.suffix')} value={rules.then_minutes} error={errors['then_minutes']} onChange={value => setRules({ ...rules, then_minutes: Number(value) })} />
        </Group>
        <Checkbox label={t('limits.hand_on')} description={t('limits.hand_on_hint')} checked={rules.hand_on} onChange={event => setRules({ ...rules, hand_on: event.currentTarget.checked })} />
        <ErrorNotice error={save.error} shownFields={['minutes', 'then_minutes', ...leadSource.options.map(source => `by_source.${source}`)]} />
        <Group><Button type="submit" loading={save.isPending} disabled={JSON.stringify(rules) === JSON.stringify(kept)}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

function Minutes({ label, none, value, error, onChange }: { label: string, none: string, value: number | null, error: string | undefined, onChange: (value: number | null) => void }) {
  const { t } = useTranslation('reactions')
  return <NumberInput label={label} placeholder={none} w={{ base: '100%', xs: 330 }} min={1} max={10_080} allowDecimal={false} suffix={t('limits.suffix')} value={value ?? ''} error={error} onChange={next => onChange(next === '' ? null : Number(next))} />
}
