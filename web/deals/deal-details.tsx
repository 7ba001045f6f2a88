import { useTranslation } from 'react-i18next'
import type { z } from 'zod'
import type { changeDealBody, DealWithLines } from '../../shared/deals.ts'
import { useSaveRecord } from '../contacts/card-query.ts'
import { CustomFieldRows } from '../contacts/custom-field-rows.tsx'
import { EditableRow, ReadRow } from '../contacts/editable-row.tsx'
import { Panel } from '../contacts/panel.tsx'
import { useCustomFields, useUsers } from '../contacts/use-reference.ts'
import { useFormat } from '../ui/format.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { dealKey } from './deal-key.ts'
import { useLostReasons } from './use-pipelines.ts'

/** The fields of a deal, edited in place; its stage is changed above. */
export function DealDetails({ deal }: { deal: DealWithLines }) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const users = useUsers()
  const reasons = useLostReasons()
  const custom = useCustomFields('deal')
  const save = useSaveRecord<DealWithLines, Omit<z.input<typeof changeDealBody>, 'revision'>>(`/deals/${deal.id}`, dealKey(deal.id), deal)
  const money = ({ amount, currency }: DealWithLines) => amount === null ? null : format.money(amount, currency)
  const day = ({ expected_on }: DealWithLines) => expected_on === null ? null : format.day(`${expected_on}T12:00:00Z`)
  return (
    <Panel title={t('page.details')}>
      <EditableRow<DealWithLines> field="title" label={t('name')} value={deal.title} display={deal.title} input="text" read={other => other.title} onSave={(value, options) => save({ title: String(value ?? '') }, options)} />
      {deal.lines.length > 0
        ? <ReadRow label={t('amount')} title={t('lines.sum_hint')}>{money(deal)}</ReadRow>
        : <EditableRow<DealWithLines> field="amount" label={t('amount_in', { currency: deal.currency })} value={deal.amount} display={money(deal)} input="number" read={money} onSave={(value, options) => save({ amount: value as number | null }, options)} />}
      <EditableRow<DealWithLines>
        field="owner_id" label={t('owner')} value={deal.owner === null ? null : String(deal.owner.id)} display={deal.owner?.name} input="choice" read={other => other.owner?.name}
        choices={() => users.map(user => ({ value: String(user.id), label: user.name }))} onSave={(value, options) => save({ owner_id: value === null ? null : Number(value) }, options)}
      />
      <EditableRow<DealWithLines> field="expected_on" label={t('expected_on')} value={deal.expected_on} display={day(deal)} input="date" read={day} onSave={(value, options) => save({ expected_on: value as string | null }, options)} />
      {deal.state === 'lost' && (
        <EditableRow<DealWithLines>
          field="lost_reason" label={t('lost_reason')} value={deal.lost_reason} display={deal.lost_reason} input="suggest" read={other => other.lost_reason}
          choices={() => reasons.map(reason => ({ value: reason, label: reason }))} onSave={(value, options) => save({ lost_reason: value as string | null }, options)}
        />
      )}
      <CustomFieldRows fields={custom} card={deal} onSave={save} />
      <ReadRow label={t('pipeline')}>{deal.pipeline.name}</ReadRow>
      <ReadRow label={t('created')}><TimeAgo time={deal.created_at} /></ReadRow>
    </Panel>
  )
}
