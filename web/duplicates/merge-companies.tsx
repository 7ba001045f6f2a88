import { useState } from 'react'
import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CompanyCard } from '../../shared/companies.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { companyKey } from '../companies/company-details.tsx'
import { FieldChoice } from '../contacts/field-choice.tsx'
import { FieldValueText } from '../contacts/field-value.tsx'
import { useCustomFields } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { useRefreshDuplicates } from './use-differ.ts'

type Props = { keep: number, other: number, onClose: () => void }

/** Makes one company of two: `keep` stays. */
export function MergeCompanies({ keep, other, onClose }: Props) {
  const { t } = useTranslation('duplicates')
  const cards = useQueries({ queries: [keep, other].map(id => ({ queryKey: companyKey(id), queryFn: () => api.get<CompanyCard>(`/companies/${id}`) })) })
  const [into, from] = cards.map(card => card.data)
  const error = cards.find(card => card.isError)?.error
  return (
    <Modal opened onClose={onClose} title={<Text fw={600}>{t('companies.merge_title')}</Text>} size="lg">
      <ErrorNotice error={error} />
      {into !== undefined && from !== undefined ? <Compare into={into} from={from} onClose={onClose} /> : error === undefined && <Center h={120}><Loader type="dots" /></Center>}
    </Modal>
  )
}

function Compare({ into, from, onClose }: { into: CompanyCard, from: CompanyCard, onClose: () => void }) {
  const { t } = useTranslation('duplicates')
  const client = useQueryClient()
  const refresh = useRefreshDuplicates()
  const custom = useCustomFields('company')
  const [chosen, setChosen] = useState<Record<string, number>>({})
  const fields = [
    ...(['name', 'domain', 'phone', 'address'] as const).map(name => ({ name: name as string, label: t(`companies:fields.${name}`), read: (company: CompanyCard): FieldValue => company[name] })),
    { name: 'owner_id', label: t('companies:fields.owner'), read: (company: CompanyCard): FieldValue => company.owner?.name ?? null },
    ...custom.filter(field => field.formula === null).map(field => ({ name: `fields.${field.key}`, label: field.label, read: (company: CompanyCard): FieldValue => company.fields[field.key] ?? null })),
  ].filter(({ read }) => JSON.stringify(read(into)) !== JSON.stringify(read(from)))
  const choiceOf = ({ name, read }: typeof fields[number]): number => chosen[name] ?? (read(into) === null ? from.id : into.id)
  const words = (name: string, value: FieldValue) => {
    const field = custom.find(each => name === `fields.${each.key}`)
    return value === null ? <Text span c="dimmed" inherit>{t('contacts:merge.empty')}</Text> : field === undefined ? String(value) : <FieldValueText field={field} value={value} />
  }
  const merge = useMutation({
    mutationFn: () => api.post(`/companies/${into.id}/merges`, { company_id: from.id, fields: Object.fromEntries(fields.map(field => [field.name, choiceOf(field)])) }),
    onSuccess: () => {
      client.removeQueries({ queryKey: companyKey(from.id) })
      void client.invalidateQueries({ queryKey: companyKey(into.id) })
      void client.invalidateQueries({ queryKey: ['list'] })
      refresh()
      notifyDone(t('companies.merged'))
      onClose()
    },
  })
  return (
    <form onSubmit={(event) => { event.preventDefault(); merge.mutate() }}>
      <Stack gap="md">
        <Text size="sm">{t('companies.merge_text', { name: into.name, other: from.name })}</Text>
        <Text size="sm" c="dimmed">{fields.length === 0 ? t('contacts:merge.nothing_differs') : t('companies.choose')}</Text>
        {fields.map(field => <FieldChoice key={field.name} label={field.label} values={[into, from].map(company => ({ id: company.id, words: words(field.name, field.read(company)) }))} chosen={choiceOf(field)} onChoose={id => setChosen({ ...chosen, [field.name]: id })} />)}
        <Alert variant="light" color="gray">
          <Text size="sm">{t('companies.moves', { count: from.contacts_count })} {t('contacts:merge.undoable')}</Text>
        </Alert>
        <ErrorNotice error={merge.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={merge.isPending}>{t('contacts:merge.button')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
