import { ActionIcon, Button, Checkbox, Group, Menu, Paper, Stack, Text, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { FormDefinition } from '../../shared/forms.ts'
import { useCustomFields } from '../contacts/use-reference.ts'
import { BothLanguages } from './both-languages.tsx'
import type { EditorProps } from './form-page.tsx'

const cardFields = ['email', 'first_name', 'last_name', 'phone', 'city', 'company'] as const
type Field = FormDefinition['fields'][number]

/** What the form asks for, in the order it is asked. */
export function FieldsEditor({ definition, onChange, disabled, errors }: EditorProps) {
  const { t } = useTranslation('forms')
  const custom = useCustomFields()
  const { fields } = definition
  const used = new Set(fields.map(field => field.field))
  const set = (index: number, change: Partial<Field>) => onChange({ fields: fields.map((field, at) => at === index ? { ...field, ...change } : field) })
  const move = (index: number, by: number) => {
    const moved = [...fields]
    const [field] = moved.splice(index, 1)
    moved.splice(index + by, 0, field!)
    onChange({ fields: moved })
  }
  const add = (field: string, label: Field['label']) => onChange({ fields: [...fields, { field, label, required: false }] })
  const nameOf = (field: string) => field.startsWith('fields.') ? custom.find(one => `fields.${one.key}` === field)?.label ?? field : t(`fields.${field}`)
  return (
    <Stack gap="md">
      <BothLanguages label={t('texts.title')} value={definition.title} onChange={title => onChange({ title })} max={300} disabled={disabled} error={errors['title']} required />
      <BothLanguages label={t('texts.description')} value={definition.description} onChange={description => onChange({ description })} max={2000} multiline disabled={disabled} />
      <Stack gap="xs">
        <Text size="sm" fw={500}>{t('fields.title')}</Text>
        {errors['fields'] !== undefined && <Text size="sm" c="red">{errors['fields']}</Text>}
        {fields.map((field, index) => (
          <Paper key={field.field} p="sm">
            <Stack gap="xs">
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Text size="sm" fw={600}>{nameOf(field.field)}</Text>
                <Group gap={2} wrap="nowrap">
                  <Tooltip label={t('fields.up')}><ActionIcon variant="subtle" color="gray" disabled={disabled || index === 0} onClick={() => move(index, -1)} aria-label={t('fields.up')}><IconArrowUp size={16} /></ActionIcon></Tooltip>
                  <Tooltip label={t('fields.down')}><ActionIcon variant="subtle" color="gray" disabled={disabled || index === fields.length - 1} onClick={() => move(index, 1)} aria-label={t('fields.down')}><IconArrowDown size={16} /></ActionIcon></Tooltip>
                  {field.field !== 'email' && <Tooltip label={t('fields.remove')}><ActionIcon variant="subtle" color="red" disabled={disabled} onClick={() => onChange({ fields: fields.filter(other => other !== field) })} aria-label={t('fields.remove')}><IconTrash size={16} /></ActionIcon></Tooltip>}
                </Group>
              </Group>
              <BothLanguages label={t('fields.label')} value={field.label} onChange={label => set(index, { label })} max={200} disabled={disabled} error={errors[`fields.${index}`]} />
              <Checkbox label={t('fields.required')} checked={field.required || field.field === 'email'} disabled={disabled || field.field === 'email'} onChange={event => set(index, { required: event.currentTarget.checked })} />
            </Stack>
          </Paper>
        ))}
        {!disabled && (
          <Menu position="bottom-start" width={260}>
            <Menu.Target><Button variant="light" leftSection={<IconPlus size={16} />} w="fit-content">{t('fields.add')}</Button></Menu.Target>
            <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
              {cardFields.filter(field => !used.has(field)).map(field => <Menu.Item key={field} onClick={() => add(field, { en: t(`fields.${field}`, { lng: 'en' }), ru: t(`fields.${field}`, { lng: 'ru' }) })}>{t(`fields.${field}`)}</Menu.Item>)}
              {custom.length > 0 && <Menu.Label>{t('fields.custom')}</Menu.Label>}
              {custom.filter(field => !used.has(`fields.${field.key}`)).map(field => <Menu.Item key={field.key} onClick={() => add(`fields.${field.key}`, { en: field.label, ru: field.label })}>{field.label}</Menu.Item>)}
              <Menu.Divider />
              <Menu.Item component={Link} to="/settings/fields">{t('fields.make')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Stack>
      <BothLanguages label={t('texts.button')} value={definition.button} onChange={button => onChange({ button })} max={100} disabled={disabled} error={errors['button']} required />
    </Stack>
  )
}
