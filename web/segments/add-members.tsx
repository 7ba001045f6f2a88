import { useState } from 'react'
import { Anchor, Button, Group, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUserPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ContactListRow } from '../../shared/contacts.ts'
import type { SegmentDetail } from '../../shared/segments.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { personName } from '../ui/people-drawer.tsx'

/** Puts people into a static segment one by one; many at once are chosen in the list of contacts. */
export function AddMembers({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const client = useQueryClient()
  const mayAdd = useMay('contacts')
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const [asked] = useDebouncedValue(search.trim(), 200)
  const found = useQuery({
    queryKey: ['contact-search', asked],
    queryFn: ({ signal }) => api.get<Page<ContactListRow>>(withQuery('/contacts', { search: asked, limit: 8 }), { signal }),
    placeholderData: keepPreviousData,
    enabled: mayAdd,
  })
  const add = useMutation({
    mutationFn: (id: number) => api.put(`/segments/${segment.id}/members`, { contacts: [id] }),
    onSuccess: () => {
      setChosen(null)
      setSearch('')
      void client.invalidateQueries({ queryKey: ['list', `/segments/${segment.id}/contacts`] })
      void client.invalidateQueries({ queryKey: ['segment', segment.id] })
    },
    onError: notifyError,
  })
  if (!mayAdd) return null
  const label = (person: ContactListRow) => person.email === null || person.email === personName(person) ? personName(person) : `${personName(person)} · ${person.email}`
  return (
    <Group gap="xs" mb="md" align="center">
      <Select
        w={{ base: '100%', xs: 320 }} placeholder={t('add.search')} aria-label={t('add.search')} searchable clearable nothingFoundMessage={t('why.nobody')} leftSection={<IconUserPlus size={16} stroke={1.7} />}
        data={(found.data?.data ?? []).map(person => ({ value: String(person.id), label: label(person) }))} filter={({ options }) => options}
        searchValue={search} onSearchChange={setSearch} value={chosen} onChange={setChosen}
      />
      <Button disabled={chosen === null} loading={add.isPending} onClick={() => chosen !== null && add.mutate(Number(chosen))}>{t('add.put_in')}</Button>
      <Anchor component={Link} to="/contacts" size="sm">{t('add.many')}</Anchor>
    </Group>
  )
}
