import { useState } from 'react'
import { Alert, Badge, Divider, Group, Loader, Paper, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactListRow } from '../../shared/contacts.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { ConditionExplanation, SegmentDetail, SegmentExplanation } from '../../shared/segments.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { isComplete } from '../conditions/leaves.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { WhyTree } from '../conditions/why-tree.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { personName } from '../ui/people-drawer.tsx'
import { useCause } from './cause-words.ts'

/** `draft`: the condition as it is being changed, when that is not saved yet. */
type Props = { segment: SegmentDetail, draft: Condition | null, contact: number | null, onContact: (contact: number | null) => void }

/** The question everybody asks of a segment, answered for anybody in the base. */
export function WhyPanel({ segment, draft, contact, onContact }: Props) {
  const { t } = useTranslation('segments')
  const why = useQuery({
    queryKey: ['segment-why', segment.id, contact],
    queryFn: () => api.get<SegmentExplanation>(withQuery(`/segments/${segment.id}/explanation`, { contact })),
    enabled: contact !== null,
    placeholderData: keepPreviousData,
  })
  return (
    <Stack gap="md" maw={760}>
      <ContactSelect contact={contact} chosen={contact === null ? undefined : why.data?.contact} onContact={onContact} />
      {contact === null && <Text size="sm" c="dimmed">{t('why.hint')}</Text>}
      {contact !== null && why.isError && <ErrorNotice error={why.error} />}
      {contact !== null && why.isPending && <Loader type="dots" />}
      {contact !== null && why.data !== undefined && !why.isError && <WhyAnswer explanation={why.data} />}
      {contact !== null && draft !== null && <WhyDraft condition={draft} contact={contact} />}
    </Stack>
  )
}

function ContactSelect({ contact, chosen, onContact }: { contact: number | null, chosen: SegmentExplanation['contact'] | undefined, onContact: (contact: number | null) => void }) {
  const { t } = useTranslation('segments')
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), 200)
  const found = useQuery({
    queryKey: ['contact-search', asked],
    queryFn: ({ signal }) => api.get<Page<ContactListRow>>(withQuery('/contacts', { search: asked, limit: 8 }), { signal }),
    placeholderData: keepPreviousData,
  })
  const label = (person: { id: number, name: string, email: string | null }) => person.email === null || person.email === personName(person) ? personName(person) : `${personName(person)} · ${person.email}`
  const options = new Map((found.data?.data ?? []).map(person => [String(person.id), label(person)]))
  if (chosen !== undefined) options.set(String(chosen.id), label(chosen))
  return (
    <Select
      label={t('why.choose')} placeholder={t('why.search')} searchable clearable leftSection={<IconSearch size={16} stroke={1.7} />} nothingFoundMessage={t('why.nobody')} maw={420}
      data={[...options].map(([value, text]) => ({ value, label: text }))} filter={({ options: all }) => all}
      searchValue={search} onSearchChange={setSearch} value={contact === null ? null : String(contact)} onChange={id => onContact(id === null ? null : Number(id))}
    />
  )
}

/** The same of a condition that is only being built. */
function WhyDraft({ condition, contact }: { condition: Condition, contact: number }) {
  const { t } = useTranslation('segments')
  const vocabulary = useVocabulary().data
  const [settled] = useDebouncedValue(JSON.stringify(condition), 300)
  const asked = JSON.parse(settled) as Condition
  const why = useQuery({
    queryKey: ['condition-why', settled, contact],
    queryFn: ({ signal }) => api.post<ConditionExplanation>('/conditions/explanation', { condition: asked, contact_id: contact }, { signal }),
    enabled: vocabulary !== undefined && isComplete(asked, vocabulary),
    placeholderData: keepPreviousData,
    retry: false,
  })
  if (why.data === undefined || why.isError) return null
  return (
    <>
      <Divider label={t('why.draft')} labelPosition="left" />
      <Paper opacity={why.isPlaceholderData ? 0.55 : 1}><WhyTree tree={why.data.tree} contact={contact} /></Paper>
    </>
  )
}

/** Whether the contact is in, why, and how that came about. */
export function WhyAnswer({ explanation }: { explanation: SegmentExplanation }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const name = personName(explanation.contact)
  return (
    <Stack gap="sm">
      <Text fw={500}>{explanation.is_member && explanation.entered_at !== null ? t('why.in', { name, when: format.dayAndTime(explanation.entered_at) }) : t('why.out', { name })}</Text>
      {explanation.holds !== explanation.is_member && <Alert color="amber">{t('why.pending')}</Alert>}
      {explanation.tree.kind === 'any' && explanation.tree.parts.length === 0 ? <Text size="sm" c="dimmed">{t('why.static')}</Text> : <Paper><WhyTree tree={explanation.tree} contact={explanation.contact.id} /></Paper>}
      {explanation.history.length > 0 && <History history={explanation.history} />}
    </Stack>
  )
}

function History({ history }: { history: SegmentExplanation['history'] }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const cause = useCause()
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>{t('why.history')}</Text>
      {history.map(move => (
        <Group key={`${move.at}${move.what}`} gap="xs">
          <Badge color={move.what === 'entered' ? 'pine' : 'gray'} w={90}>{t(`why.${move.what}`)}</Badge>
          <Text size="sm">{format.dayAndTime(move.at)}</Text>
          {move.because.length > 0 && <Text size="sm" c="dimmed">{t('why.because', { what: [...new Set(move.because.map(cause))].join(', ') })}</Text>}
        </Group>
      ))}
    </Stack>
  )
}
