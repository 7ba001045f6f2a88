import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Input, Modal, SegmentedControl, Select, SimpleGrid, Stack, Switch, Table, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconForms, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CustomField, FieldOf } from '../../shared/contacts.ts'
import { customFieldKind, fieldOf } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyError, notifyWarning } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { FormulaInput } from './formula-input.tsx'
import { customFieldsKey } from './use-reference.ts'

/** Fields of the card beyond those every card has. */
export function Page() {
  const { t } = useTranslation('contacts')
  const may = useMay('marketing')
  const client = useQueryClient()
  const [edited, setEdited] = useState<CustomField | 'new' | null>(null)
  const list = useQuery({ queryKey: customFieldsKey, queryFn: () => api.get<ListPage<CustomField>>('/custom-fields') })
  const refresh = () => client.invalidateQueries({ queryKey: customFieldsKey })
  const archive = useMutation({ mutationFn: ({ id, archived }: { id: number, archived: boolean }) => api.patch(`/custom-fields/${id}`, { archived }), onSuccess: refresh, onError: sayWhyNot })
  const [of, setOf] = useState<FieldOf>('contact')
  const fields = (list.data?.data ?? []).filter(field => field.of === of)
  return (
    <>
      <PageHeader title={t('custom_fields.title')} subtitle={t('custom_fields.subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('custom_fields.add')}</Button>} />
      <SegmentedControl mb="md" aria-label={t('custom_fields.of')} value={of} onChange={next => setOf(next as FieldOf)} data={fieldOf.options.map(each => ({ value: each, label: t(`custom_fields.ofs.${each}`) }))} />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && fields.length === 0 && <EmptyState icon={IconForms} title={t('custom_fields.empty')} text={t('custom_fields.empty_text')} />}
      {fields.length > 0 && (
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Tbody>
              {fields.map(field => (
                <Table.Tr key={field.id} opacity={field.archived_at === null ? 1 : 0.55}>
                  <Table.Td><Text size="sm" fw={500}>{field.label}</Text><Text size="xs" c="dimmed" ff="monospace">{field.key}</Text></Table.Td>
                  <Table.Td><Badge color="gray">{t(`custom_fields.kinds.${field.kind}`)}</Badge></Table.Td>
                  <Table.Td><Text size="xs" c="dimmed">{[field.group_name, field.required && t('custom_fields.required'), field.is_unique && t('custom_fields.unique')].filter(Boolean).join(' · ')}</Text></Table.Td>
                  <Table.Td><Text size="xs" c="dimmed" lineClamp={2} ff={field.formula === null ? undefined : 'monospace'}>{field.formula ?? field.options.map(option => option.label).join(', ')}</Text></Table.Td>
                  <Table.Td ta="right">
                    {may && (
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        {field.archived_at === null && <Button variant="subtle" size="compact-sm" onClick={() => setEdited(field)}>{t('app:edit')}</Button>}
                        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => archive.mutate({ id: field.id, archived: field.archived_at === null })}>{field.archived_at === null ? t('custom_fields.archive') : t('custom_fields.restore')}</Button>
                      </Group>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={<Text fw={600}>{edited === 'new' ? t('custom_fields.add') : t('custom_fields.edit')}</Text>}>
        {edited !== null && <FieldForm of={of} field={edited === 'new' ? null : edited} onDone={() => { setEdited(null); void refresh() }} />}
      </Modal>
    </>
  )
}

function sayWhyNot(error: unknown): void {
  const [why] = Object.values(errorsByField(error))
  if (why === undefined) notifyError(error)
  else notifyWarning(why)
}

const roles = ['marketer', 'manager', 'observer'] as const
const computable = new Set(['number', 'money', 'text', 'date', 'boolean'])
const comparable = new Set(['text', 'number', 'email', 'phone', 'link', 'date', 'datetime'])

function FieldForm({ of, field, onDone }: { of: FieldOf, field: CustomField | null, onDone: () => void }) {
  const { t } = useTranslation('contacts')
  const mayGrant = useMay('administer')
  const form = useForm({ initialValues: { label: field?.label ?? '', key: field?.key ?? '', kind: field?.kind ?? 'text', options: field?.options ?? [], group_name: field?.group_name ?? '', required: field?.required ?? false, is_unique: field?.is_unique ?? false, access: field?.access ?? {}, formula: field?.formula ?? '' } })
  const [keyTouched, setKeyTouched] = useState(field !== null)
  const [isComputed, setComputed] = useState(field !== null && field.formula !== null)
  const canCompute = of === 'contact' && computable.has(form.values.kind) && (field === null || field.formula !== null)
  const computed = canCompute && isComputed
  const hasOptions = form.values.kind === 'choice' || form.values.kind === 'multi_choice'
  const save = useMutation({
    mutationFn: () => {
      // A new choice keeps the words one sees as its value; an old one keeps the value cards already have.
      const options = form.values.options.filter(option => option.label.trim() !== '').map(option => ({ label: option.label.trim(), value: option.value || option.label.trim() }))
      const { key, kind, options: _, formula, ...others } = form.values
      const settings = { ...others, ...(computed ? { formula, required: false } : {}) }
      if (computed || !comparable.has(kind)) settings.is_unique = false
      return field === null
        ? api.post('/custom-fields', { ...settings, of, key, kind, options: hasOptions ? options : [] })
        : api.patch(`/custom-fields/${field.id}`, { ...settings, ...(hasOptions ? { options } : {}) })
    },
    onSuccess: onDone,
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())} noValidate>
      <Stack gap="sm">
        <TextInput
          label={t('custom_fields.label')} required data-autofocus {...form.getInputProps('label')}
          onChange={(event) => {
            form.setFieldValue('label', event.currentTarget.value)
            if (!keyTouched) form.setFieldValue('key', keyFrom(event.currentTarget.value))
          }}
        />
        <Select label={t('custom_fields.kind')} disabled={field !== null} allowDeselect={false} data={customFieldKind.options.map(kind => ({ value: kind, label: t(`custom_fields.kinds.${kind}`) }))} {...form.getInputProps('kind')} />
        <TextInput
          label={t('custom_fields.key')} description={t('custom_fields.key_hint')} required disabled={field !== null} {...form.getInputProps('key')}
          onChange={(event) => {
            setKeyTouched(true)
            form.setFieldValue('key', event.currentTarget.value)
          }}
        />
        {hasOptions && (
          <Stack gap={6}>
            <Text size="sm" fw={500}>{t('custom_fields.options')}</Text>
            {form.values.options.map((_, index) => (
              <Group key={index} gap={6} wrap="nowrap">
                <TextInput flex={1} aria-label={t('custom_fields.option', { number: index + 1 })} {...form.getInputProps(`options.${index}.label`)} />
                <ActionIcon variant="subtle" color="gray" aria-label={t('app:delete')} onClick={() => form.removeListItem('options', index)}><IconTrash size={16} /></ActionIcon>
              </Group>
            ))}
            <Button variant="default" size="xs" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => form.insertListItem('options', { value: '', label: '' })}>{t('custom_fields.add_option')}</Button>
          </Stack>
        )}
        {canCompute && field === null && <Switch label={t('custom_fields.computed')} description={t('custom_fields.computed_hint')} checked={isComputed} onChange={event => setComputed(event.currentTarget.checked)} />}
        {of !== 'contact' && field === null && <Text size="xs" c="dimmed">{t('custom_fields.computed_only')}</Text>}
        {computed && <FormulaInput own={form.values.key} value={form.values.formula} error={form.errors['formula']} onChange={formula => form.setFieldValue('formula', formula)} />}
        <TextInput label={t('custom_fields.group')} description={t('custom_fields.group_hint')} {...form.getInputProps('group_name')} />
        {!computed && <Switch label={t('custom_fields.required')} description={t('custom_fields.required_hint')} {...form.getInputProps('required', { type: 'checkbox' })} />}
        {!computed && comparable.has(form.values.kind) && <Switch label={t('custom_fields.unique')} description={t('custom_fields.unique_hint')} {...form.getInputProps('is_unique', { type: 'checkbox' })} />}
        <Input.Wrapper label={t('custom_fields.access')} description={t('custom_fields.access_hint')}>
          <SimpleGrid cols={3} spacing="xs" mt={6}>
            {roles.map(role => (
              <Select
                key={role} size="xs" label={t(`custom_fields.access_of.${role}`)} disabled={!mayGrant} allowDeselect={false} data={(['edit', 'read', 'hidden'] as const).map(access => ({ value: access, label: t(`custom_fields.accesses.${access}`) }))}
                value={form.values.access[role] ?? 'edit'} onChange={access => form.setFieldValue('access', { ...form.values.access, [role]: access as 'edit' | 'read' | 'hidden' })}
              />
            ))}
          </SimpleGrid>
        </Input.Wrapper>
        <ErrorNotice error={save.error} shownFields={['label', 'key', 'kind', 'group_name', 'is_unique', 'formula']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}

const letters: Record<string, string> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
}
/** «Любимый размер» → lyubimyy_razmer */
const keyFrom = (label: string) => [...label.toLowerCase()].map(letter => letters[letter] ?? letter).join('').replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 50)
