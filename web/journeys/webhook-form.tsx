import { ActionIcon, Anchor, Button, Code, Collapse, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useEditor } from './editor.ts'
import { FieldSelect, Labelled } from './pickers.tsx'
import type { FormOf } from './form-of.ts'
import { TypedInput, TypedTextarea } from './typed-input.tsx'

const example = `{
  "email": {{ contact.email | json }},
  "name": {{ contact.first_name | json }},
  "city": {{ contact.city | json }}
}`
const textFields = ['city', 'source', 'first_name', 'last_name']

/** Where to, what is sent, and which parts of the answer go onto the card. */
export function WebhookForm({ step, set }: FormOf<'call_webhook'>) {
  const { t } = useTranslation('journeys')
  const { readOnly, lookups } = useEditor()
  const [helped, { toggle }] = useDisclosure(false)
  const fields = [...textFields, ...lookups.fields.filter(field => field.kind !== 'multi_choice').map(field => `fields.${field.key}`)]
  return (
    <>
      <TypedInput type="url" label={t('webhook_url')} placeholder="https://example.com/hook" disabled={readOnly} maxLength={2000} value={step.url} onType={value => set({ url: value }, true)} />
      <TypedTextarea
        label={t('webhook_body')} description={t('webhook_body_hint')} disabled={readOnly} autosize minRows={3} maxRows={14} maxLength={20_000} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
        value={step.body} onType={value => set({ body: value }, true)}
      />
      <Group gap="xs">
        <Anchor component="button" type="button" size="xs" onClick={toggle} aria-expanded={helped}>{t('webhook_help')}</Anchor>
        {!readOnly && step.body === '' && <Anchor component="button" type="button" size="xs" onClick={() => set({ body: example })}>{t('webhook_example')}</Anchor>}
      </Group>
      <Collapse expanded={helped}>
        <Stack gap={6}>
          <Text size="xs" c="dimmed">{t('webhook_help_text')}</Text>
          <Code block fz="xs">{example}</Code>
        </Stack>
      </Collapse>
      <Labelled label={t('webhook_save')} hint={t('webhook_save_hint')}>
        {step.save.map((row, index) => (
          <Group key={index} gap={6} align="flex-end" wrap="nowrap">
            <TextInput label={t('answer_path')} placeholder="data.score" flex={1} disabled={readOnly} maxLength={200} value={row.path} onChange={event => set({ save: step.save.map((old, at) => at === index ? { ...old, path: event.currentTarget.value } : old) }, true)} />
            <FieldSelect wide label={t('field')} fields={fields} value={row.field} onChange={field => set({ save: step.save.map((old, at) => at === index ? { ...old, field } : old) })} />
            {!readOnly && <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('remove_row')} onClick={() => set({ save: step.save.filter((_, at) => at !== index) })}><IconTrash size={16} stroke={1.7} /></ActionIcon>}
          </Group>
        ))}
        {!readOnly && step.save.length < 20 && <Button variant="subtle" size="compact-xs" w="fit-content" leftSection={<IconPlus size={13} />} onClick={() => set({ save: [...step.save, { path: '', field: '' }] })}>{t('add_row')}</Button>}
      </Labelled>
      <Text size="xs" c="dimmed">{t('webhook_retry_hint')}</Text>
    </>
  )
}
