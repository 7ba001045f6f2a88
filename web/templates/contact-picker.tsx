import { useState } from 'react'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUser } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactListRow } from '../../shared/contacts.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'

/** Whose fields fill in the mail: an example person, or anybody found by name or address. */
export function ContactPicker({ value, onChange, label, placeholder, without, withEmail = false }: {
  value: number | null, onChange: (id: number | null) => void, label?: string, placeholder?: string
  /** who is not among those found */
  without?: number
  /** two people of one name are told apart by their addresses */
  withEmail?: boolean
}) {
  const { t } = useTranslation('templates')
  const [search, setSearch] = useState('')
  const [looked] = useDebouncedValue(search, 250)
  const [chosen, setChosen] = useState<ContactListRow | null>(null)
  const words = (person: ContactListRow) => withEmail && person.email !== null && person.email !== person.name ? `${person.name} · ${person.email}` : person.name
  const found = useQuery({
    queryKey: ['contact-picker', looked],
    queryFn: ({ signal }) => api.get<Page<ContactListRow>>(withQuery('/contacts', { search: chosen !== null && looked === words(chosen) ? '' : looked, limit: 20 }), { signal }),
    placeholderData: keepPreviousData, staleTime: 20_000,
  })
  const people = (found.data?.data ?? []).filter(person => person.id !== without)
  if (chosen !== null && !people.some(person => person.id === chosen.id)) people.unshift(chosen)
  return (
    <Select
      {...(label === undefined ? { 'aria-label': t('preview.as') } : { label })} size={label === undefined ? 'xs' : 'sm'} w={label === undefined ? 230 : undefined} leftSection={<IconUser size={15} />} placeholder={placeholder ?? t('preview.example')}
      searchable clearable value={value === null ? null : String(value)} searchValue={search} onSearchChange={setSearch} nothingFoundMessage={t('preview.nobody')}
      filter={({ options }) => options}
      data={people.map(person => ({ value: String(person.id), label: words(person) }))}
      onChange={(id) => {
        setChosen(people.find(person => String(person.id) === id) ?? null)
        onChange(id === null ? null : Number(id))
      }}
    />
  )
}
