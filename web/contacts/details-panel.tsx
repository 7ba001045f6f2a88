import { Anchor, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import { timeZoneChoices } from '../company/choices.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useSaveCard } from './card-query.ts'
import { CustomFieldRows, isFilled } from './custom-field-rows.tsx'
import { EditableRow, ReadRow } from './editable-row.tsx'
import { languageTags } from './card-fields.ts'
import type { RowInput } from './field-input.tsx'
import { Panel } from './panel.tsx'
import { useCustomFields, useUsers } from './use-reference.ts'

export function DetailsPanel({ card }: { card: ContactCard }) {
  const { t, i18n } = useTranslation('contacts')
  const save = useSaveCard(card)
  const users = useUsers()
  const custom = useCustomFields()
  const [all, { toggle }] = useDisclosure(false)
  const history = `/contacts/${card.id}/changes?field=`
  const names = new Intl.DisplayNames([i18n.language], { type: 'language' })
  const plain = (name: 'first_name' | 'last_name' | 'email' | 'phone' | 'external_id' | 'job_title' | 'city' | 'source', input: RowInput = 'text') => (
    <EditableRow
      key={name} field={name} label={t(`fields.${name}`)} value={card[name]} display={card[name]} input={input} read={other => other[name]}
      onSave={(value, options) => save({ [name]: value }, options)} history={history + name}
    />
  )
  const hidden = [card.locale, card.time_zone, card.source, card.external_id].filter(value => value === null).length + custom.filter(field => !field.required && !isFilled(card, field)).length
  return (
    <Panel title={t('details')}>
      <Stack gap={0}>
        {plain('first_name')}
        {plain('last_name')}
        {plain('email', 'email')}
        {plain('phone', 'tel')}
        <EditableRow
          field="company" label={t('fields.company')} value={card.company?.name ?? null} display={card.company?.name} input="text" read={other => other.company?.name}
          onSave={(value, options) => save({ company: value as string | null }, options)} history={`${history}company`}
        />
        {(all || card.company !== null || card.job_title !== null) && plain('job_title')}
        {plain('city')}
        <EditableRow
          field="owner_id" label={t('fields.owner')} value={card.owner === null ? null : String(card.owner.id)} display={card.owner?.name} input="choice" read={other => other.owner?.name}
          choices={() => users.map(user => ({ value: String(user.id), label: user.name }))}
          onSave={(value, options) => save({ owner_id: value === null ? null : Number(value) }, options)}
          history={`${history}owner_id`} past={value => users.find(user => user.id === value)?.name ?? String(value)}
        />
        {(all || card.locale !== null) && <EditableRow
          field="locale" label={t('fields.locale')} value={card.locale} display={card.locale === null ? null : names.of(card.locale)} input="choice" read={other => other.locale}
          choices={() => [...new Set([...languageTags, ...(card.locale === null ? [] : [card.locale])])].map(tag => ({ value: tag, label: names.of(tag) ?? tag }))}
          onSave={(value, options) => save({ locale: value as string | null }, options)} history={`${history}locale`} past={value => names.of(String(value))}
        />}
        {(all || card.time_zone !== null) && <EditableRow
          field="time_zone" label={t('fields.time_zone')} value={card.time_zone} display={card.time_zone} input="choice" read={other => other.time_zone}
          choices={() => timeZoneChoices()} onSave={(value, options) => save({ time_zone: value as string | null }, options)} history={`${history}time_zone`}
        />}
        {(all || card.source !== null) && plain('source')}
        {(all || card.external_id !== null) && plain('external_id')}
        <CustomFieldRows fields={custom.filter(field => all || field.required || isFilled(card, field))} card={card} history={history} onSave={save} />
        <ReadRow label={t('fields.created_at')}><TimeAgo time={card.created_at} /></ReadRow>
        {(all || hidden > 0) && <Anchor component="button" type="button" size="xs" mt={6} ta="left" onClick={toggle}>{all ? t('fewer_fields') : t('more_fields', { count: hidden })}</Anchor>}
      </Stack>
    </Panel>
  )
}
