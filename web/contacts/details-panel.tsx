import { Anchor, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import type { ContactCard, CustomField } from '../../shared/contacts.ts'
import { timeZoneChoices } from '../company/choices.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useSaveCard } from './card-query.ts'
import { EditableRow, ReadRow } from './editable-row.tsx'
import { asInput, fromInput, inputOf, languageTags } from './card-fields.ts'
import type { RowInput } from './field-input.tsx'
import { FieldValueText } from './field-value.tsx'
import { Panel } from './panel.tsx'
import { useCustomFields, useUsers } from './use-reference.ts'

export function DetailsPanel({ card }: { card: ContactCard }) {
  const { t, i18n } = useTranslation('contacts')
  const save = useSaveCard(card)
  const users = useUsers()
  const custom = useCustomFields()
  const [all, { toggle }] = useDisclosure(false)
  const names = new Intl.DisplayNames([i18n.language], { type: 'language' })
  const plain = (name: 'first_name' | 'last_name' | 'email' | 'phone' | 'external_id' | 'city' | 'source', input: RowInput = 'text') => (
    <EditableRow
      key={name} field={name} label={t(`fields.${name}`)} value={card[name]} display={card[name]} input={input} read={other => other[name]}
      onSave={(value, options) => save({ [name]: value }, options)}
    />
  )
  const hidden = [card.locale, card.time_zone, card.source, card.external_id].filter(value => value === null).length + custom.filter(field => !isFilled(card, field)).length
  return (
    <Panel title={t('details')}>
      <Stack gap={0}>
        {plain('first_name')}
        {plain('last_name')}
        {plain('email', 'email')}
        {plain('phone', 'tel')}
        <EditableRow
          field="company" label={t('fields.company')} value={card.company?.name ?? null} display={card.company?.name} input="text" read={other => other.company?.name}
          onSave={(value, options) => save({ company: value as string | null }, options)}
        />
        {plain('city')}
        <EditableRow
          field="owner_id" label={t('fields.owner')} value={card.owner === null ? null : String(card.owner.id)} display={card.owner?.name} input="choice" read={other => other.owner?.name}
          choices={() => users.map(user => ({ value: String(user.id), label: user.name }))}
          onSave={(value, options) => save({ owner_id: value === null ? null : Number(value) }, options)}
        />
        {(all || card.locale !== null) && <EditableRow
          field="locale" label={t('fields.locale')} value={card.locale} display={card.locale === null ? null : names.of(card.locale)} input="choice" read={other => other.locale}
          choices={() => [...new Set([...languageTags, ...(card.locale === null ? [] : [card.locale])])].map(tag => ({ value: tag, label: names.of(tag) ?? tag }))}
          onSave={(value, options) => save({ locale: value as string | null }, options)}
        />}
        {(all || card.time_zone !== null) && <EditableRow
          field="time_zone" label={t('fields.time_zone')} value={card.time_zone} display={card.time_zone} input="choice" read={other => other.time_zone}
          choices={() => timeZoneChoices()} onSave={(value, options) => save({ time_zone: value as string | null }, options)}
        />}
        {(all || card.source !== null) && plain('source')}
        {(all || card.external_id !== null) && plain('external_id')}
        {custom.filter(field => all || isFilled(card, field)).map(field => (
          <EditableRow
            key={field.key} field={field.key} label={field.label} value={asInput(field, card.fields[field.key] ?? null)} input={inputOf[field.kind]}
            display={card.fields[field.key] === undefined || card.fields[field.key] === null ? null : <FieldValueText field={field} value={card.fields[field.key] ?? null} />}
            choices={() => field.kind === 'boolean' ? [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }] : field.options}
            read={other => <FieldValueText field={field} value={other.fields[field.key] ?? null} />}
            onSave={(value, options) => save({ fields: { [field.key]: fromInput(field, value) } }, options)}
          />
        ))}
        <ReadRow label={t('fields.created_at')}><TimeAgo time={card.created_at} /></ReadRow>
        {(all || hidden > 0) && <Anchor component="button" type="button" size="xs" mt={6} ta="left" onClick={toggle}>{all ? t('fewer_fields') : t('more_fields', { count: hidden })}</Anchor>}
      </Stack>
    </Panel>
  )
}

const isFilled = (card: ContactCard, field: CustomField) => card.fields[field.key] !== undefined && card.fields[field.key] !== null
