import { Anchor, Group, Loader, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Condition } from '../../shared/conditions.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { personName } from '../ui/people-drawer.tsx'
import { countLeaves } from './condition-tree.ts'
import { useDescribe } from './describe.ts'
import { usePreview } from './use-preview.ts'
import { useVocabulary } from './vocabulary.ts'

/** How many people a condition means now, and some of them. */
export function ConditionPreview({ condition }: { condition: Condition }) {
  const { t } = useTranslation('conditions')
  const format = useFormat()
  const preview = usePreview(condition)
  const describe = useDescribe(useVocabulary().data)
  const { data } = preview
  const counts = preview.complete && !preview.ofJourney
  return (
    <Stack gap="xs" aria-live="polite">
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed">{t('preview.title')}</Text>
        {preview.isFetching && <Loader size={14} aria-label={t('preview.counting')} />}
      </Group>
      {preview.vocabularyLoaded && !preview.complete && <Text size="sm">{t('preview.incomplete')}</Text>}
      {counts && preview.isError && <ErrorNotice error={preview.error} />}
      {counts && data !== undefined && !preview.isError && (
        <Stack gap="xs" opacity={preview.isPlaceholderData ? 0.55 : 1}>
          <div>
            <Text fz={26} fw={600} lh={1.2} data-testid="preview-count">
              {!data.exact && `${t('preview.about')} `}
              {t('preview.people', { count: data.count, number: format.number(data.count) })}
            </Text>
            {data.total > 0 && <Text size="xs" c="dimmed">{t('preview.share', { share: format.percent(data.count / data.total), total: format.number(data.total) })}</Text>}
            {!data.exact && <Text size="xs" c="dimmed">{t('preview.estimated')}</Text>}
          </div>
          {data.count === 0 && data.exact && <Text size="sm" c="dimmed">{t('preview.nobody')}</Text>}
          {data.sample.length > 0 && (
            <Stack gap={3}>
              <Text size="xs" c="dimmed">{t('preview.sample')}</Text>
              {data.sample.map(person => (
                <Anchor key={person.id} component={Link} to={`/contacts/${person.id}`} size="sm" truncate title={person.email ?? ''}>{personName(person)}</Anchor>
              ))}
            </Stack>
          )}
        </Stack>
      )}
      {preview.complete && countLeaves(condition) > 1 && (
        <div>
          <Text size="xs" c="dimmed">{t('preview.sum_up')}</Text>
          <Text size="xs" lineClamp={12}>{describe.condition(condition)}</Text>
        </div>
      )}
    </Stack>
  )
}
