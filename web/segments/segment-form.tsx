import { Box, Grid, Paper, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import type { SegmentDetail } from '../../shared/segments.ts'
import { ApiError } from '../app/api.ts'
import { ConditionBuilder } from '../conditions/condition-builder.tsx'
import { ConditionPreview } from '../conditions/condition-preview.tsx'
import { useDescribe } from '../conditions/describe.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { serverWords } from '../ui/server-words.ts'
import { useFormat } from '../ui/format.ts'

/** Without a condition: of a static segment. */
export type SegmentDraft = { name: string, description: string, condition?: Condition }

type Props = {
  draft: SegmentDraft
  onChange: (draft: SegmentDraft) => void
  /** of the last try to save */
  error: unknown
  nameError?: string | undefined
  /** the segment edited, which cannot be built on itself */
  segment?: SegmentDetail
  disabled?: boolean
}

export function SegmentForm({ draft, onChange, error, nameError, segment, disabled = false }: Props) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const describe = useDescribe(useVocabulary().data)
  const fields = errorsByField(error)
  const conditionErrors = error instanceof ApiError ? error.errors.filter(entry => entry.field.startsWith('condition')) : []
  const whole = conditionErrors.filter(entry => entry.field === 'condition')
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 8.5 }}>
        <Stack gap="md">
          <TextInput
            label={t('form.name')} placeholder={t('form.name_placeholder')} required withAsterisk={false} maxLength={200} disabled={disabled} value={draft.name} error={nameError ?? fields['name']}
            onChange={event => onChange({ ...draft, name: event.currentTarget.value })}
          />
          <Textarea label={t('form.description')} placeholder={t('form.description_placeholder')} autosize minRows={1} maxRows={5} maxLength={2000} disabled={disabled} value={draft.description} error={fields['description']} onChange={event => onChange({ ...draft, description: event.currentTarget.value })} />
          {draft.condition !== undefined && (
            <div>
              <Text size="sm" fw={500} mb={6}>{t('form.condition')}</Text>
              <ConditionBuilder value={draft.condition} onChange={condition => onChange({ ...draft, condition })} errors={conditionErrors} excludeSegment={segment?.id} disabled={disabled} />
              {whole.map(entry => <Text key={entry.message} size="sm" c="red" role="alert">{serverWords(entry.message)}</Text>)}
            </div>
          )}
          {segment?.kind === 'static' && <Text size="sm" c="dimmed">{segment.made_from === null ? t('static.about') : t('static.made_from', { when: format.day(segment.created_at), condition: describe.condition(segment.made_from) })}</Text>}
          {error !== null && conditionErrors.length === 0 && <ErrorNotice error={error} shownFields={['name', 'description']} />}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 3.5 }}>
        <Box pos={{ base: 'static', lg: 'sticky' }} top={76}>
          {draft.condition !== undefined && <Paper><ConditionPreview condition={draft.condition} /></Paper>}
        </Box>
      </Grid.Col>
    </Grid>
  )
}
