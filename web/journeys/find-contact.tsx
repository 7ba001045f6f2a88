import { useState } from 'react'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, withQuery } from '../app/api.ts'

type Found = { id: number, name: string, email: string | null }

type Props<Fresh> = {
  label: string, /** read out only */ isLabelHidden?: boolean, size?: 'xs' | 'sm', value: number | null, onChange: (id: number | null, label: string) => void
  /** somebody who is not there yet may be typed in, when the words are enough for a card */ fresh?: { of: (typed: string) => Fresh | null, onChoose: (person: Fresh) => void }
}

/** Chooses one contact by name, email or phone. */
export function FindContact<Fresh>({ label, isLabelHidden = false, size = 'sm', value, onChange, fresh }: Props<Fresh>) {
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
  const typed = asked.trim()
  const named = fresh !== undefined && fresh.of(typed) !== null ? [{ value: `new:${typed}`, label: t('new_contact', { name: typed }) }] : []
  const data = chosen !== null && !choices.some(choice => choice.value === chosen.value) ? [chosen, ...choices, ...named] : [...choices, ...named]
  return (
    <Select
      size={size} {...(isLabelHidden ? { 'aria-label': label, flex: 1, miw: 0 } : { label })} placeholder={t('find_contact')} searchable clearable data={data} filter={({ options }) => options} searchValue={search} onSearchChange={setSearch} nothingFoundMessage={found.isFetching ? '…' : fresh === undefined ? t('nothing_found') : t('nobody_found')}
      value={value !== null ? String(value) : chosen !== null && isNew(chosen.value) ? chosen.value : null}
      onChange={(id, option) => {
        if (id !== null && isNew(id)) {
          const words = id.slice('new:'.length)
          const person = fresh?.of(words) ?? null
          setChosen({ value: id, label: words })
          if (person !== null) fresh?.onChoose(person)
          return
        }
        setChosen(id === null || option === null ? null : { value: option.value, label: option.label })
        onChange(id === null ? null : Number(id), option?.label ?? '')
      }}
    />
  )
}

const isNew = (id: string): boolean => id.startsWith('new:')

const wordsOf = (contact: Found): string => contact.email && contact.email !== contact.name ? `${contact.name} · ${contact.email}` : contact.name
