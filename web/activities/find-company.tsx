import { useState } from 'react'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, withQuery } from '../app/api.ts'
import type { Page } from '../app/api.ts'

type Named = { id: number, name: string }
type Props = { label: string, value: number | null, /** the one it stands at, by its name */ given: Named | null, disabled?: boolean, onChange: (id: number | null) => void }

/** Chooses one company by its name. */
export function FindCompany({ label, value, given, disabled, onChange }: Props) {
  const { t } = useTranslation('activities')
  const [search, setSearch] = useState(given?.name ?? '')
  const [sought] = useDebouncedValue(search, 200)
  const [chosen, setChosen] = useState(given)
  const asked = sought === chosen?.name ? '' : sought
  const found = useQuery({ queryKey: ['find-company', asked], queryFn: ({ signal }) => api.get<Page<Named>>(withQuery('/companies', { search: asked, limit: '20' }), { signal }), placeholderData: keepPreviousData }).data?.data ?? []
  const choices = chosen === null || found.some(company => company.id === chosen.id) ? found : [chosen, ...found]
  return (
    <Select
      label={label} placeholder={t('none')} searchable clearable disabled={disabled ?? false} filter={({ options }) => options} searchValue={search} onSearchChange={setSearch} nothingFoundMessage={t('nothing_found')}
      data={choices.map(company => ({ value: String(company.id), label: company.name }))} value={value === null ? null : String(value)}
      onChange={(id, option) => {
        setChosen(id === null || option === null ? null : { id: Number(id), name: option.label })
        onChange(id === null ? null : Number(id))
      }}
    />
  )
}
