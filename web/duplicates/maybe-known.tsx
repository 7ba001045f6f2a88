import { Alert, Anchor, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { FoundDuplicate } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { LevelBadge } from './level-badge.tsx'
import { Reasons } from './reasons.tsx'

type Typed = Partial<Record<'email' | 'phone' | 'first_name' | 'last_name' | 'company' | 'city', string>>

/** While somebody is being typed in: who of the base this may be. */
export function MaybeKnown({ typed }: { typed: Typed }) {
  const { t } = useTranslation('duplicates')
  const filled = JSON.stringify(Object.fromEntries(Object.entries(typed).filter(([, value]) => value.trim() !== '')))
  const [asked] = useDebouncedValue(filled, 300)
  const found = useQuery({
    queryKey: ['duplicates', 'like', asked], queryFn: ({ signal }) => api.post<{ data: FoundDuplicate[] }>('/duplicates/search', JSON.parse(asked), { signal }),
    enabled: asked !== '{}', placeholderData: before => before, staleTime: 10_000,
  }).data?.data.filter(each => each.level !== 'possible') ?? []
  if (found.length === 0 || filled === '{}') return null
  return (
    <Alert variant="light" color="amber" p="sm" title={t('maybe_known')}>
      <Stack gap="xs">
        {found.slice(0, 3).map(({ card, level, score, reasons }) => (
          <Stack key={card.id} gap={2}>
            <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
              <Anchor component={Link} to={`/contacts/${card.id}`} size="sm" fw={500}>{card.name}</Anchor> {[card.email, card.phone, card.city].filter(Boolean).join(' · ')} <LevelBadge level={level} score={score} />
            </Text>
            <Reasons reasons={reasons} size="xs" />
          </Stack>
        ))}
      </Stack>
    </Alert>
  )
}
