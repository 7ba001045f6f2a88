import { useTranslation } from 'react-i18next'
import type { CompanyCard, CompanyInput } from '../../shared/companies.ts'
import { useSaveRecord } from '../contacts/card-query.ts'
import { CustomFieldRows } from '../contacts/custom-field-rows.tsx'
import { EditableRow, ReadRow } from '../contacts/editable-row.tsx'
import type { RowInput } from '../contacts/field-input.tsx'
import { Panel } from '../contacts/panel.tsx'
import { useCustomFields, useUsers } from '../contacts/use-reference.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

export const companyKey = (id: number) => ['company', id]

/** The fields of a company, edited in place. */
export function CompanyDetails({ company }: { company: CompanyCard }) {
  const { t } = useTranslation('companies')
  const save = useSaveRecord<CompanyCard, Omit<CompanyInput, 'revision'>>(`/companies/${company.id}`, companyKey(company.id), company)
  const users = useUsers()
  const custom = useCustomFields('company')
  const history = `/companies/${company.id}/changes?field=`
  const plain = (name: 'name' | 'domain' | 'phone' | 'address', input: RowInput) => (
    <EditableRow<CompanyCard>
      field={name} label={t(`fields.${name}`)} value={company[name]} display={company[name]} input={input} read={other => other[name]} history={history + name}
      onSave={(value, options) => save({ [name]: name === 'name' ? value ?? '' : value }, options)}
    />
  )
  return (
    <Panel title={t('details')}>
      {plain('name', 'text')}
      {plain('domain', 'text')}
      {plain('phone', 'tel')}
      {plain('address', 'long')}
      <EditableRow<CompanyCard>
        field="owner_id" label={t('fields.owner')} value={company.owner === null ? null : String(company.owner.id)} display={company.owner?.name} input="choice" read={other => other.owner?.name}
        choices={() => users.map(user => ({ value: String(user.id), label: user.name }))} onSave={(value, options) => save({ owner_id: value === null ? null : Number(value) }, options)}
        history={`${history}owner_id`} past={value => users.find(user => user.id === value)?.name ?? String(value)}
      />
      <CustomFieldRows fields={custom} card={company} history={history} onSave={save} />
      <ReadRow label={t('fields.created_at')}><TimeAgo time={company.created_at} /></ReadRow>
    </Panel>
  )
}
