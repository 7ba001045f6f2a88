import { useState } from 'react'
import { Alert, Button, Group, List, Paper, Select, SimpleGrid, Skeleton, Stack, Stepper, Switch, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle, IconArrowLeft, IconArrowRight, IconBulb, IconHistory } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { importKind } from '../../shared/imports.ts'
import type { ImportKind, ImportOptions, ImportPreview, ImportSettings, ImportView } from '../../shared/imports.ts'
import { api } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'
import { Columns } from './columns.tsx'
import { Estimate } from './estimate.tsx'
import { OptionsForm } from './options-form.tsx'
import { RowsPreview } from './rows-preview.tsx'

const encodings = ['utf-8', 'windows-1251', 'utf-16le', 'utf-16be', 'koi8-r', 'ibm866', 'windows-1252']
const delimiters = [',', ';', '\t', '|']

/** From the file to the run: how it is read, where its columns go, what happens to whom, what it will do. Nothing is written before the last button. */
export function Wizard({ view, onView }: { view: ImportView, onView: (view: ImportView) => void }) {
  const { t } = useTranslation('imports')
  const navigate = useNavigate()
  const format = useFormat()
  const [step, setStep] = useState(0)
  const [settings, setSettings] = useState<ImportSettings>({ name: view.name, kind: view.kind, encoding: view.encoding, delimiter: view.delimiter, has_header: view.has_header, sheet: view.sheet, columns: view.columns, options: view.options })
  const [settled] = useDebouncedValue(settings, 250)
  const preview = useQuery<ImportPreview>({
    queryKey: ['import-preview', view.id, settled], placeholderData: previous => previous,
    // The words of the consent are still being written; the preview does not depend on them.
    queryFn: ({ signal }) => api.post<ImportPreview>(`/imports/${view.id}/preview`, { ...settled, options: { ...(settled.options ?? view.options), consent: (settled.kind ?? view.kind) === 'consents' && settled.options?.consent ? { ...settled.options.consent, wording: settled.options.consent.wording.padEnd(10, '.') } : null } }, { signal }),
  })
  const save = useMutation({
    mutationFn: () => api.put<ImportView>(`/imports/${view.id}`, { ...settings, columns: settings.columns ?? preview.data?.columns.map(column => column.mapping) }),
    onSuccess: (saved) => { onView(saved); setStep(2) },
  })
  const run = useMutation({ mutationFn: () => api.post<ImportView>(`/imports/${view.id}/run`), onSuccess: onView })
  // Another way to read the file makes other columns: they are guessed anew.
  const readOtherwise = (change: Partial<ImportSettings>) => setSettings(({ columns: _columns, ...now }) => ({ ...now, ...change }))
  const seen = preview.data
  // Which topic a consent is about, and what happened, can be said in the next step.
  const blocked = seen === undefined || seen.problems.some(problem => step === 1 || (problem.code !== 'no_topic' && problem.code !== 'no_type' && problem.code !== 'no_changed'))
  const remove = () => confirmDelete({
    title: t('discard_title'), text: t('discard_text'), confirm: t('discard'),
    onConfirm: async () => {
      await api.delete(`/imports/${view.id}`)
      await navigate('/imports')
    },
  })
  return (
    <Stack gap="lg">
      <Stepper active={step} onStepClick={next => next < step && setStep(next)} size="sm" allowNextStepsSelect={false}>
        <Stepper.Step label={t('steps.columns')} />
        <Stepper.Step label={t('steps.options')} />
        <Stepper.Step label={t('steps.check')} />
      </Stepper>
      <ErrorNotice error={preview.error} />
      {step === 0 && (
        <>
          <Paper>
            <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
              <Select label={t('what')} allowDeselect={false} value={settings.kind ?? view.kind} data={importKind.options.map(value => ({ value, label: t(`kind.${value}`) }))} onChange={value => value && readOtherwise({ kind: value as ImportKind })} />
              {view.format === 'csv' && <Select label={t('encoding')} allowDeselect={false} value={settings.encoding ?? null} data={encodings.map(value => ({ value, label: t(`encodings.${value}`) }))} onChange={value => value && readOtherwise({ encoding: value as ImportView['encoding'] })} />}
              {view.format === 'csv' && <Select label={t('delimiter')} allowDeselect={false} value={settings.delimiter ?? null} data={delimiters.map(value => ({ value, label: t(`delimiters.${value === '\t' ? 'tab' : value === ',' ? 'comma' : value === ';' ? 'semicolon' : 'bar'}`) }))} onChange={value => value && readOtherwise({ delimiter: value as ImportView['delimiter'] })} />}
              {view.sheets.length > 1 && <Select label={t('sheet')} allowDeselect={false} value={String(settings.sheet ?? 0)} data={view.sheets.map((sheet, index) => ({ value: String(index), label: t('sheet_rows', { name: sheet.name, rows: format.number(sheet.rows) }) }))} onChange={value => value && readOtherwise({ sheet: Number(value) })} />}
              {view.format !== 'vcard' && <Stack justify="flex-end" pb={6}><Switch label={t('has_header')} checked={settings.has_header ?? true} onChange={event => readOtherwise({ has_header: event.currentTarget.checked })} /></Stack>}
            </SimpleGrid>
            <Text size="sm" c="dimmed" mt="xs">{t(`kind_hints.${settings.kind ?? view.kind}`)}</Text>
            {view.notes.length > 0 && <List size="sm" c="dimmed" mt="sm">{view.notes.map(note => <List.Item key={note.code}>{t(`notes.${note.code}`, { number: format.number(note.count) })}</List.Item>)}</List>}
          </Paper>
          {seen === undefined ? <Skeleton height={320} /> : (
            <>
              <Problems preview={seen} />
              {seen.recognised !== null && seen.remembered === null && <Alert color="gray" icon={<IconBulb size={18} />} title={t('recognised', { name: seen.recognised.name })}>{t('recognised_because', { columns: seen.recognised.because.map(name => `“${name}”`).join(', ') })}</Alert>}
              {seen.remembered !== null && (
                <Alert color="gray" icon={<IconHistory size={18} />} title={t('remembered', { name: seen.remembered.name })}>
                  <Group justify="space-between" gap="sm">
                    <Text size="sm" flex="1 1 260px">{t('remembered_text', { when: format.day(seen.remembered.used_at) })}</Text>
                    <Button size="xs" variant="default" onClick={() => readOtherwise({ anew: true })}>{t('map_anew')}</Button>
                  </Group>
                </Alert>
              )}
              <Columns importId={view.id} settings={settings} preview={seen} onChange={columns => setSettings(now => ({ ...now, columns }))} />
              <RowsPreview preview={seen} />
            </>
          )}
        </>
      )}
      {step === 1 && (
        <Paper maw={760}>
          <Stack gap="md">
            <TextInput label={t('name')} maxLength={200} value={settings.name ?? ''} onChange={event => setSettings(now => ({ ...now, name: event.currentTarget.value }))} />
            <OptionsForm kind={settings.kind ?? view.kind} columns={seen?.columns ?? []} onColumns={columns => setSettings(now => ({ ...now, columns }))} options={settings.options ?? view.options} onChange={(options: ImportOptions) => setSettings(now => ({ ...now, options }))} error={save.error} />
          </Stack>
        </Paper>
      )}
      {step === 2 && <Estimate view={view} />}
      <ErrorNotice error={save.error ?? run.error} />
      <Group justify="space-between">
        {step === 0 ? <Button variant="subtle" color="gray" onClick={remove}>{t('discard')}</Button> : <Button variant="default" leftSection={<IconArrowLeft size={16} />} onClick={() => setStep(step - 1)}>{t('back')}</Button>}
        {step === 0 && <Button rightSection={<IconArrowRight size={16} />} disabled={blocked} onClick={() => setStep(1)}>{t('next')}</Button>}
        {step === 1 && <Button rightSection={<IconArrowRight size={16} />} loading={save.isPending} disabled={blocked || (settings.name ?? '').trim() === ''} onClick={() => save.mutate()}>{t('check')}</Button>}
        {step === 2 && <Button loading={run.isPending} onClick={() => run.mutate()}>{t('run')}</Button>}
      </Group>
    </Stack>
  )
}

function Problems({ preview }: { preview: ImportPreview }) {
  const { t } = useTranslation('imports')
  if (preview.problems.length === 0) return null
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={18} />}>
      <Stack gap={4}>
        {preview.problems.map(problem => (
          <div key={problem.code}>
            <Title order={4} size="sm">{t(`problems.${problem.code}`)}</Title>
            {problem.code === 'malformed' && <Text size="sm">{serverWords(problem.message)}</Text>}
          </div>
        ))}
      </Stack>
    </Alert>
  )
}
