import { Button, Group, Modal, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { ContactCard, FieldValue } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { MaybeKnown } from '../duplicates/maybe-known.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { asInput, fromInput, inputOf, useChoicesOf } from './card-fields.ts'
import { FieldInput } from './field-input.tsx'
import { useCustomFields, useTags } from './use-reference.ts'

export function AddContact({ opened, onClose }: { opened: boolean, onClose: () => void }) {
  const { t } = useTranslation('contacts')
  return <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('add')}</Text>} size="md">{opened && <AddForm onClose={onClose} />}</Modal>
}

function AddForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('contacts')
  const client = useQueryClient()
  const navigate = useNavigate()
  const tags = useTags()
  const choicesOf = useChoicesOf()
  const required = useCustomFields().filter(field => field.required && field.formula === null)
  const form = useForm({ initialValues: { email: '', phone: '', first_name: '', last_name: '', city: '', tags: [] as string[], fields: {} as Record<string, FieldValue> } })
  const save = useMutation({
    mutationFn: () => {
      const { tags: labels, fields, ...texts } = form.values
      // What is left empty here must not empty the card of somebody already known.
      const filled = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value !== ''))
      return api.put<ContactCard & { created: boolean }>('/contacts', { ...filled, ...(labels.length > 0 ? { tags: labels } : {}), fields })
    },
    onSuccess: (card) => {
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(card.created ? t('added', { name: card.name }) : t('already_there', { name: card.name }))
      onClose()
      void navigate(`/contacts/${card.id}`)
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())} noValidate>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput label={t('fields.first_name')} data-autofocus {...form.getInputProps('first_name')} />
          <TextInput label={t('fields.last_name')} {...form.getInputProps('last_name')} />
          <TextInput label={t('fields.email')} type="email" {...form.getInputProps('email')} />
          <TextInput label={t('fields.phone')} type="tel" {...form.getInputProps('phone')} />
        </SimpleGrid>
        <TextInput label={t('fields.city')} {...form.getInputProps('city')} />
        <MaybeKnown typed={{ email: form.values.email, phone: form.values.phone, first_name: form.values.first_name, last_name: form.values.last_name, city: form.values.city }} />
        {required.map(field => <FieldInput key={field.key} labelled required label={field.label} input={inputOf[field.kind]} options={choicesOf(field)} value={asInput(field, form.values.fields[field.key] ?? null)} onChange={value => form.setFieldValue(`fields.${field.key}`, fromInput(field, value))} error={form.errors[`fields.${field.key}`]} />)}
        <TagsInput label={t('tags.title')} data={tags.map(tag => tag.name)} {...form.getInputProps('tags')} />
        <Text size="xs" c="dimmed">{t('add_hint')}</Text>
        <ErrorNotice error={save.error} shownFields={[...Object.keys(form.values), ...required.map(field => `fields.${field.key}`)]} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={save.isPending}>{t('add_button')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
