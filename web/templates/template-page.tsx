import { useState } from 'react'
import { ActionIcon, Badge, Box, Button, ColorInput, Group, Menu, Modal, Popover, SegmentedControl, Select, Skeleton, Stack, Text, TextInput, Tooltip, VisuallyHidden } from '@mantine/core'
import { useHotkeys, useMediaQuery } from '@mantine/hooks'
import { IconArchive, IconArchiveOff, IconArrowBackUp, IconArrowLeft, IconArrowForwardUp, IconDots, IconHistory, IconPalette, IconSend, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'
import type { MailDocument, MailLocale, TemplateDetail, TemplateVersion } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { useFormat } from '../ui/format.ts'
import { setVariant } from './edit-document.ts'
import { useHistory } from './history.ts'
import { PreviewPanel, usePreview } from './preview-panel.tsx'
import { SendTest } from './send-test.tsx'
import { ReadOnlyNotice, VariantEditor } from './variant-editor.tsx'
import classes from './templates.module.css'

export function Page() {
  const { id } = useParams()
  const { t } = useTranslation('templates')
  const template = useQuery({ queryKey: ['template', id], queryFn: () => api.get<TemplateDetail>(`/templates/${id}`), refetchOnWindowFocus: false })
  if (template.isError) return <ErrorNotice error={template.error} retry={() => void template.refetch()} />
  if (!template.isSuccess) return <><PageHeader title={t('title')} back={{ to: '/templates', label: t('title') }} /><Skeleton h={480} /></>
  return <TemplateEditor key={template.data.id} template={template.data} />
}

type Draft = { name: string, kind: TemplateDetail['kind'], document: MailDocument }
const draftOf = (template: TemplateDetail): Draft => ({ name: template.name, kind: template.kind, document: template.document })

/** `back`: inside of something else, which it leads back to; what is not saved yet is saved on the way. */
export function TemplateEditor({ template, back }: { template: TemplateDetail, back?: { label: string, go: () => void } }) {
  const { t } = useTranslation('templates')
  const client = useQueryClient()
  const { company } = useSession()
  const may = useMay('marketing')
  const readOnly = !may || template.archived_at !== null
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const [saved, setSaved] = useState(template)
  const draft = useHistory<Draft>(draftOf(template))
  // From a check one comes to the block it is about.
  const [asked] = useSearchParams()
  const [locale, setLocale] = useState<MailLocale>(template.locales.find(each => each === asked.get('locale')) ?? (template.locales.includes(company.language) ? company.language : template.locales[0] ?? 'en'))
  const [selected, setSelected] = useState<string | null>(asked.get('block'))
  const [contactId, setContactId] = useState<number | null>(null)
  const [side, setSide] = useState<'edit' | 'preview'>('edit')
  const [dialog, setDialog] = useState<'test' | 'versions' | null>(null)

  const { name, kind, document } = draft.value
  const dirty = JSON.stringify(draft.value) !== JSON.stringify(draftOf(saved))
  const shownLocale = document.locales[locale] === undefined ? (Object.keys(document.locales)[0] as MailLocale) : locale
  const { preview, error, stale } = usePreview({ document, locale: shownLocale, kind, contact_id: contactId ?? undefined })

  const take = (loaded: TemplateDetail) => {
    client.setQueryData(['template', String(loaded.id)], loaded)
    void client.invalidateQueries({ queryKey: ['list'] })
    setSaved(loaded)
    draft.reset(draftOf(loaded))
  }
  const save = useMutation({
    mutationFn: () => api.patch<TemplateDetail>(`/templates/${template.id}`, { revision: saved.revision, name: name.trim(), kind, document }),
    onSuccess: (loaded) => {
      take(loaded)
      notifyDone(t('app:saved'))
    },
  })
  const reload = useMutation({
    mutationFn: () => api.get<TemplateDetail>(`/templates/${template.id}`),
    onSuccess: (loaded) => {
      save.reset()
      take(loaded)
    },
    onError: notifyError,
  })
  const archive = useMutation({
    mutationFn: () => saved.archived_at === null ? api.put(`/templates/${template.id}/archiving`) : api.delete(`/templates/${template.id}/archiving`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['list'] })
      take(await api.get<TemplateDetail>(`/templates/${template.id}`))
      notifyDone(saved.archived_at === null ? t('archived') : t('restored'))
    },
    onError: notifyError,
  })
  useHotkeys([['mod+Z', draft.undo], ['mod+shift+Z', draft.redo], ['mod+Y', draft.redo]], ['INPUT', 'TEXTAREA'], false)
  const change = (changes: Partial<Draft>, tag = '') => draft.set({ ...draft.value, ...changes }, tag)

  const goBack = async () => {
    if (dirty && !readOnly) await save.mutateAsync().catch(() => undefined).then(saved => saved && back?.go())
    else back?.go()
  }
  const heading = (
    <>
      <VisuallyHidden component="h1">{name}</VisuallyHidden>
      <TextInput
        className={classes.name ?? ''} variant="unstyled" aria-label={t('name')} value={name} maxLength={200} readOnly={readOnly}
        error={name.trim() === '' ? t('name_missing') : errorsByField(save.error)['name']} onChange={event => change({ name: event.currentTarget.value }, 'name')}
      />
    </>
  )
  const actions = (
    <>
      {!readOnly && (
        <>
          <Tooltip label={t('undo')}><ActionIcon variant="default" size={36} aria-label={t('undo')} disabled={!draft.canUndo} onClick={draft.undo}><IconArrowBackUp size={17} stroke={1.7} /></ActionIcon></Tooltip>
          <Tooltip label={t('redo')}><ActionIcon variant="default" size={36} aria-label={t('redo')} disabled={!draft.canRedo} onClick={draft.redo}><IconArrowForwardUp size={17} stroke={1.7} /></ActionIcon></Tooltip>
          <Design draft={draft.value} onChange={change} />
        </>
      )}
      {may && <Button variant="default" leftSection={<IconSend size={16} />} onClick={() => setDialog('test')}>{t('test.button')}</Button>}
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="default" size={36} aria-label={t('more')}><IconDots size={17} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => setDialog('versions')}>{t('versions.title')}</Menu.Item>
          {!readOnly && Object.keys(document.locales).length > 1 && document.locales[locale] !== undefined && (
            <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => change({ document: setVariant(document, locale, undefined) })}>{t(`remove_variant.${locale}`)}</Menu.Item>
          )}
          {may && template.system_key === null && (
            <Menu.Item leftSection={saved.archived_at === null ? <IconArchive size={16} /> : <IconArchiveOff size={16} />} disabled={saved.archived_at === null && saved.used_by.length > 0} onClick={() => archive.mutate()}>
              {saved.archived_at === null ? t('to_archive') : t('restore')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  )
  const languages = (
    <SegmentedControl
      size="sm" aria-label={t('language')} value={locale} onChange={(value) => {
        setLocale(value as MailLocale)
        setSelected(null)
      }}
      data={(['ru', 'en'] as const).map(each => ({ value: each, label: document.locales[each] === undefined ? t('locale_missing', { language: t(`locales.${each}`) }) : t(`locales.${each}`) }))}
    />
  )
  return (
    <>
      {back && <Button variant="subtle" color="gray" size="compact-sm" mb={4} leftSection={<IconArrowLeft size={15} />} loading={save.isPending} onClick={() => void goBack()}>{back.label}</Button>}
      <PageHeader title={name} heading={heading} {...back ? {} : { back: { to: '/templates', label: t('title') } }} subtitle={<UsedBy template={saved} kind={kind} />} actions={actions} />
      {saved.archived_at !== null && <ReadOnlyNotice>{t('is_archived')}</ReadOnlyNotice>}
      <Group justify="space-between" mb="sm" gap="xs">
        {languages}
        {narrow && <SegmentedControl size="sm" aria-label={t('side')} value={side} onChange={value => setSide(value as typeof side)} data={[{ value: 'edit', label: t('app:edit') }, { value: 'preview', label: t('preview.tab') }]} />}
      </Group>
      <div className={classes.editor}>
        {(!narrow || side === 'edit') && (
          <div>
            <VariantEditor
              document={document} locale={locale} kind={kind} readOnly={readOnly} selected={selected} select={setSelected} problems={preview?.problems ?? []}
              onChange={(changed, tag) => change({ document: changed }, tag)}
            />
            <ErrorNotice error={save.error !== null && errorsByField(save.error)['name'] === undefined ? save.error : null} />
            <SaveBar dirty={dirty} saving={save.isPending} error={save.error} onSave={() => save.mutate()} onDiscard={() => {
              draft.reset(draftOf(saved))
              save.reset()
            }}
            onReload={() => reload.mutate()}
            />
          </div>
        )}
        {(!narrow || side === 'preview') && (
          <Box className={classes.preview ?? ''}>
            <PreviewPanel
              preview={preview} error={error} stale={stale} contactId={contactId} onContact={setContactId} sender={`${company.sender_name} <${company.sender_email}>`}
              onProblem={(problem) => {
                setLocale(problem.locale)
                setSelected(problem.block_id)
                setSide('edit')
              }}
            />
          </Box>
        )}
      </div>
      <SendTest
        opened={dialog === 'test'} onClose={() => setDialog(null)} templateId={template.id} locales={Object.keys(document.locales) as MailLocale[]} locale={shownLocale} contactId={contactId}
        beforeSending={async () => dirty && !readOnly ? save.mutateAsync() : undefined}
      />
      <Versions opened={dialog === 'versions'} onClose={() => setDialog(null)} template={saved} onTake={readOnly ? undefined : taken => change({ document: taken })} />
    </>
  )
}

function UsedBy({ template, kind }: { template: TemplateDetail, kind: Draft['kind'] }) {
  const { t } = useTranslation('templates')
  return (
    <Group gap={8}>
      <Badge color="gray">{t(`kind.${kind}`)}</Badge>
      {template.system_key !== null && <Text size="sm" c="dimmed">{t('system_text')}</Text>}
      {template.used_by.length > 0 && <Text size="sm" c="dimmed">{t('used_by')}</Text>}
      {template.used_by.map(use => <Badge key={`${use.kind} ${use.id}`} component={Link} to={`/${use.kind}s/${use.id}`} style={{ cursor: 'pointer' }} color={use.live ? 'pine' : 'gray'}>{use.name}</Badge>)}
    </Group>
  )
}

function Design({ draft, onChange }: { draft: Draft, onChange: (changes: Partial<Draft>, tag?: string) => void }) {
  const { t } = useTranslation('templates')
  const { theme } = draft.document
  const set = (changes: Partial<MailDocument['theme']>) => onChange({ document: { ...draft.document, theme: { ...theme, ...changes } } }, 'theme')
  const colour = (value: string, otherwise: string) => /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : otherwise
  return (
    <Popover position="bottom-end" width={260} shadow="md" withArrow>
      <Popover.Target><Tooltip label={t('design.title')}><ActionIcon variant="default" size={36} aria-label={t('design.title')}><IconPalette size={17} stroke={1.7} /></ActionIcon></Tooltip></Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <ColorInput size="xs" label={t('design.accent')} format="hex" withEyeDropper={false} value={theme.accent} onChangeEnd={value => set({ accent: colour(value, theme.accent) })} swatches={['#1f6f5c', '#2f4b8f', '#b3541e', '#8c2f4b', '#5b4bb3', '#161a18']} popoverProps={{ withinPortal: false }} />
          <ColorInput size="xs" label={t('design.background')} format="hex" withEyeDropper={false} value={theme.background} onChangeEnd={value => set({ background: colour(value, theme.background) })} swatches={['#f3f4f1', '#eef1f6', '#f6f1ea', '#f7f0f2', '#ffffff']} popoverProps={{ withinPortal: false }} />
          <Select size="xs" label={t('design.font')} allowDeselect={false} value={theme.font} onChange={value => set({ font: value === 'serif' ? 'serif' : 'sans' })} data={[{ value: 'sans', label: t('design.sans') }, { value: 'serif', label: t('design.serif') }]} comboboxProps={{ withinPortal: false }} />
          <Select size="xs" label={t('kind.title')} description={t(`kind.${draft.kind}_text`)} allowDeselect={false} value={draft.kind} onChange={value => onChange({ kind: value === 'transactional' ? value : 'marketing' })} data={[{ value: 'marketing', label: t('kind.marketing') }, { value: 'transactional', label: t('kind.transactional') }]} comboboxProps={{ withinPortal: false }} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function Versions({ opened, onClose, template, onTake }: { opened: boolean, onClose: () => void, template: TemplateDetail, onTake: ((document: MailDocument) => void) | undefined }) {
  const { t } = useTranslation('templates')
  const format = useFormat()
  const versions = useQuery({ queryKey: ['template-versions', template.id, template.version_id], enabled: opened, queryFn: () => api.get<ListPage<TemplateVersion>>(`/templates/${template.id}/versions`) })
  const take = useMutation({
    mutationFn: (id: number) => api.get<MailDocument>(`/templates/${template.id}/versions/${id}`),
    onSuccess: (document) => {
      onTake?.(document)
      onClose()
    },
    onError: notifyError,
  })
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('versions.title')}</Text>}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">{t('versions.text')}</Text>
        <ErrorNotice error={versions.error} />
        {versions.data?.data.map(version => (
          <Group key={version.id} justify="space-between" wrap="nowrap">
            <div>
              <Text size="sm" fw={500}>{t('versions.number', { number: version.number })}</Text>
              <Text size="xs" c="dimmed">{format.dayAndTime(version.created_at)}{version.created_by !== null && ` · ${version.created_by}`}</Text>
            </div>
            {version.current
              ? <Badge>{t('versions.current')}</Badge>
              : onTake !== undefined && (
                <Button size="compact-sm" variant="default" loading={take.isPending && take.variables === version.id} onClick={() => take.mutate(version.id)}>
                  {t('versions.take')}
                </Button>
              )}
          </Group>
        ))}
      </Stack>
    </Modal>
  )
}
