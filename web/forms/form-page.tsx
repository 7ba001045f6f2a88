import { useState } from 'react'
import { Button, Center, Grid, Group, Loader, Menu, Paper, SimpleGrid, Stack, Tabs, Text, TextInput } from '@mantine/core'
import { IconDots, IconExternalLink, IconForms, IconMailHeart, IconPalette, IconTrash, IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import type { FormDefinition, FormView } from '../../shared/forms.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useFormat } from '../ui/format.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { AfterSending } from './after-sending.tsx'
import { FieldsEditor } from './fields-editor.tsx'
import { FormPreview } from './form-preview.tsx'
import { LookEditor } from './look-editor.tsx'
import { SubscriptionEditor } from './subscription-editor.tsx'

export type Draft = { name: string, slug: string, state: 'live' | 'closed', definition: FormDefinition }
export type EditorProps = { definition: FormDefinition, onChange: (change: Partial<FormDefinition>) => void, disabled: boolean, errors: Record<string, string> }

export function Page() {
  const { id } = useParams()
  const query = useQuery({ queryKey: ['form', id], queryFn: ({ signal }) => api.get<FormView>(`/forms/${id}`, { signal }) })
  const client = useQueryClient()
  useLive([`form:${id}`], () => void client.invalidateQueries({ queryKey: ['form', id] }))
  if (query.isPending) return <Center py={80}><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  return <Editor key={query.data.id} form={query.data} reload={async () => (await query.refetch()).data} />
}

const draftOf = ({ name, slug, state, definition }: FormView): Draft => ({ name, slug, state, definition })

function Editor({ form, reload }: { form: FormView, reload: () => Promise<FormView | undefined> }) {
  const { t } = useTranslation('forms')
  const client = useQueryClient()
  const may = useMay('marketing')
  const [saved, setSaved] = useState(form)
  const [draft, setDraft] = useState<Draft>(() => draftOf(form))
  const dirty = JSON.stringify(draft) !== JSON.stringify(draftOf(saved))
  const take = (view: FormView) => {
    setSaved(view)
    setDraft(draftOf(view))
    client.setQueryData(['form', String(view.id)], view)
  }
  const save = useMutation({ mutationFn: () => api.put<FormView>(`/forms/${form.id}`, { revision: saved.revision, ...draft }), onSuccess: view => { take(view); notifyDone(t('saved')) } })
  const toggle = useMutation({
    mutationFn: () => api.put<FormView>(`/forms/${form.id}`, { revision: saved.revision, state: saved.state === 'live' ? 'closed' : 'live' }),
    onSuccess: (view) => { setSaved(view); setDraft(now => ({ ...now, state: view.state })); client.setQueryData(['form', String(view.id)], view) },
    onError: notifyError,
  })
  const errors = Object.fromEntries(Object.entries(errorsByField(save.error)).map(([name, message]) => [name.replace(/^definition\./, ''), message]))
  const onChange = (change: Partial<FormDefinition>) => setDraft(now => ({ ...now, definition: { ...now.definition, ...change } }))
  const editor: EditorProps = { definition: draft.definition, onChange, disabled: !may, errors }
  return (
    <>
      <PageHeader
        title={saved.name} back={{ to: '/forms', label: t('title') }}
        actions={(
          <>
            <Button variant="default" component="a" href={saved.url} target="_blank" rel="noopener" leftSection={<IconExternalLink size={16} />}>{t('open')}</Button>
            {may && <Button variant={saved.state === 'live' ? 'default' : 'filled'} loading={toggle.isPending} onClick={() => toggle.mutate()}>{saved.state === 'live' ? t('close') : t('reopen')}</Button>}
            {may && <MoreMenu form={saved} />}
          </>
        )}
      />
      <Numbers form={form} />
      <Grid gap="lg" mt="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Tabs defaultValue="fields" keepMounted={false}>
            <Tabs.List mb="md">
              <Tabs.Tab value="fields" leftSection={<IconForms size={16} />}>{t('tabs.fields')}</Tabs.Tab>
              <Tabs.Tab value="subscription" leftSection={<IconMailHeart size={16} />}>{t('tabs.subscription')}</Tabs.Tab>
              <Tabs.Tab value="after" leftSection={<IconUserPlus size={16} />}>{t('tabs.after')}</Tabs.Tab>
              <Tabs.Tab value="look" leftSection={<IconPalette size={16} />}>{t('tabs.look')}</Tabs.Tab>
              <Tabs.Tab value="publish" leftSection={<IconExternalLink size={16} />}>{t('tabs.publish')}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="fields"><FieldsEditor {...editor} /></Tabs.Panel>
            <Tabs.Panel value="subscription"><SubscriptionEditor {...editor} /></Tabs.Panel>
            <Tabs.Panel value="after"><AfterSending {...editor} /></Tabs.Panel>
            <Tabs.Panel value="look"><LookEditor {...editor} /></Tabs.Panel>
            <Tabs.Panel value="publish"><Publish form={saved} draft={draft} onDraft={change => setDraft(now => ({ ...now, ...change }))} disabled={!may} errors={errors} /></Tabs.Panel>
          </Tabs>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}><FormPreview definition={draft.definition} /></Grid.Col>
      </Grid>
      <SaveBar
        dirty={dirty && may} saving={save.isPending} error={save.error} onSave={() => save.mutate()}
        onDiscard={() => { save.reset(); setDraft(draftOf(saved)) }}
        onReload={() => void reload().then((view) => { save.reset(); if (view) take(view) })}
      />
    </>
  )
}

function Numbers({ form }: { form: FormView }) {
  const { t } = useTranslation('forms')
  const format = useFormat()
  const { views, people, confirmed, leads } = form.counts
  const share = (part: number, whole: number) => whole === 0 ? undefined : format.percent(Math.min(1, part / whole))
  return (
    <Paper p="sm">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
        <StatNumber label={t('numbers.views')} value={format.number(views)} />
        <StatNumber label={t('numbers.people')} value={format.number(people)} hint={share(people, views) && t('numbers.of_views', { share: share(people, views) })} people={people > 0 ? `/forms/${form.id}/people?what=submitted` : null} />
        <StatNumber label={t('numbers.confirmed')} value={format.number(confirmed)} hint={share(confirmed, people) && t('numbers.of_people', { share: share(confirmed, people) })} people={confirmed > 0 ? `/forms/${form.id}/people?what=confirmed` : null} />
        <StatNumber label={t('numbers.leads')} value={format.number(leads)} {...(leads > 0 ? { to: '/leads' } : {})} />
      </SimpleGrid>
    </Paper>
  )
}

type PublishProps = { form: FormView, draft: Draft, onDraft: (change: Partial<Draft>) => void, disabled: boolean, errors: Record<string, string> }
function Publish({ form, draft, onDraft, disabled, errors }: PublishProps) {
  const { t } = useTranslation('forms')
  return (
    <Stack gap="lg">
      <TextInput label={t('name')} maxLength={200} disabled={disabled} value={draft.name} error={errors['name']} onChange={event => onDraft({ name: event.currentTarget.value })} />
      <TextInput label={t('slug')} description={t('slug_hint')} leftSection={<Text size="sm" c="dimmed">/f/</Text>} leftSectionWidth={34} maxLength={60} disabled={disabled} value={draft.slug} error={errors['slug']} onChange={event => onDraft({ slug: event.currentTarget.value.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-') })} />
      <Stack gap={4}>
        <CopyField label={t('address')} value={form.url} />
        <Text size="xs" c="dimmed">{t('address_hint')}</Text>
      </Stack>
      <Stack gap={4}>
        <CopyField label={t('embed_script')} value={form.embed.script} multiline />
        <Text size="xs" c="dimmed">{t('embed_script_hint')}</Text>
      </Stack>
      <Stack gap={4}>
        <CopyField label={t('embed_html')} value={form.embed.html} multiline />
        <Text size="xs" c="dimmed">{t('embed_html_hint')}</Text>
      </Stack>
    </Stack>
  )
}

function MoreMenu({ form }: { form: FormView }) {
  const { t } = useTranslation('forms')
  const navigate = useNavigate()
  const remove = () => confirmDelete({
    title: t('delete_title', { name: form.name }), text: t('delete_text'),
    onConfirm: async () => {
      await api.delete(`/forms/${form.id}`)
      await navigate('/forms')
    },
  })
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button variant="default" px="xs" aria-label={t('more')}><IconDots size={16} /></Button></Menu.Target>
      <Menu.Dropdown><Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={remove}><Group>{t('app:delete')}</Group></Menu.Item></Menu.Dropdown>
    </Menu>
  )
}
