import { useState } from 'react'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, withQuery } from '../app/api.ts'

type Found = { id: number, name: string, email: string | null }

/** Chooses one contact by name, email or phone. */
export function FindContact({ label, value, onChange }: { label: string, value: number | null, onChange: (id: number | null, label: string) => void }) {
  const { t } = useTranslation('journeys')
  const [search, setSearch] = useState('')
  const [sought] = useDebouncedValue(search, 200)
  const [chosen, setChosen] = useState<{ value: string, label: string } | null>(null)
  // Given from outside: its name is not known here yet.
  const given = useQuery({ queryKey: ['contact-name', value], queryFn: ({ signal }) => api.get<Found>(`/contacts/${value}`, { signal }), enabled: value !== null && chosen === null })
  if (given.data !== undefined && chosen === null && value === given.data.id) setChosen({ value: String(value), label: wordsOf(given.data) })
  const asked = chosen !== null && sought === chosen.label ? '' : sought
  const found = useQuery({ queryKey: ['find-contact', asked], queryFn: ({ signal }) => api.get<{ data: Found[] }>(withQuery('/contacts', { search: asked, limit: 20 }), { signal }), placeholderData: keepPreviousData })
  const choices = (found.data?.data ?? []).map(contact => ({ value: String(contact.id), label: wordsOf(contact) }))
  const data = chosen !== null && !choices.some(choice => choice.value === chosen.value) ? [chosen, ...choices] : choices
  return (
    <Select
      label={label} placeholder={t('find_contact')} searchable clearable data={data} filter={({ options }) => options} searchValue={search} onSearchChange={setSearch} nothingFoundMessage={found.isFetching ? '…' : t('nothing_found')}
      value={value === null ? null : String(value)}
      onChange={(id, option) => { setChosen(id === null || option === null ? null : { value: option.value, label: option.label }); onChange(id === null ? null : Number(id), option?.label ?? '') }}
    />
  )
}

const wordsOf = (contact: Found): string => contact.email && contact.email !== contact.name ? `${contact.name} · ${contact.email}` : contact.name
