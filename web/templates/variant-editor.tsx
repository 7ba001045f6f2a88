import { Alert, Anchor, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { IconCode, IconLanguage } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { MailDocument, MailLocale, MailPreview, MailProblem, MailVariant } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { BlockList } from './block-list.tsx'
import { copyVariant, setVariant } from './edit-document.ts'
import { LiquidInput } from './liquid-input.tsx'
import { Attachments } from './mail-files.tsx'
import classes from './templates.module.css'

type Props = {
  document: MailDocument
  locale: MailLocale
  kind: 'marketing' | 'transactional'
  onChange: (document: MailDocument, tag?: string) => void
  selected: string | null
  select: (id: string | null) => void
  problems: MailProblem[]
  readOnly: boolean
}

/** Subject, preheader and body in one language. */
export function VariantEditor({ document, locale, kind, onChange, selected, select, problems, readOnly }: Props) {
  const { t } = useTranslation('templates')
  const variant = document.locales[locale]
  const other: MailLocale = locale === 'ru' ? 'en' : 'ru'
  const set = (changed: MailVariant, tag = '') => onChange(setVariant(document, locale, changed), tag && `${locale} ${tag}`)
  if (variant === undefined) {
    const source = document.locales[other]
    return (
      <EmptyState
        icon={IconLanguage} title={t(`no_variant.${locale}`)} text={t('no_variant.text')}
        action={readOnly ? undefined : (
          <>
            {source !== undefined && <Button onClick={() => set(copyVariant(source))}>{t(`copy_from.${other}`)}</Button>}
            <Button variant="default" onClick={() => set({ subject: '', preheader: '', blocks: [] })}>{t('begin_empty_variant')}</Button>
          </>
        )}
      />
    )
  }
  const marked = new Map(problems.filter(problem => problem.block_id !== null).map(problem => [problem.block_id!, problem.level]))
  return (
    <Stack gap="sm">
      <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack gap="sm">
          <LiquidInput label={t('subject')} locale={locale} value={variant.subject} onChange={subject => set({ ...variant, subject }, 'subject')} placeholder={t('subject_example')} />
          <LiquidInput label={t('preheader')} description={t('preheader_hint')} locale={locale} value={variant.preheader} onChange={preheader => set({ ...variant, preheader }, 'preheader')} />
        </Stack>
      </fieldset>
      {variant.html === undefined
        ? (
            <>
              <BlockList
                blocks={variant.blocks ?? []} set={(blocks, tag) => set({ ...variant, blocks }, tag)} selected={selected} select={select}
                locale={locale} accent={document.theme.accent} readOnly={readOnly} marked={marked}
              />
              {!readOnly && <ToHtml document={document} locale={locale} kind={kind} onHtml={html => set({ ...kept(variant), html })} />}
            </>
          )
        : (
            <Stack gap="xs">
              <Textarea
                label="HTML" description={t('html.hint', { example: `{{ contact.first_name | default: "${locale === 'ru' ? 'друг' : 'friend'}" }}` })} className={classes.html ?? ''} value={variant.html} readOnly={readOnly} autosize minRows={16} maxRows={34} spellCheck={false}
                onChange={event => set({ ...variant, html: event.currentTarget.value }, 'html')}
              />
              {!readOnly && (
                <Anchor
                  component="button" type="button" size="sm" w="fit-content"
                  onClick={() => confirmDelete({ title: t('html.back_title'), text: t('html.back_text'), confirm: t('html.back'), onConfirm: () => set({ ...kept(variant), blocks: [] }) })}
                >
                  {t('html.back')}
                </Anchor>
              )}
            </Stack>
          )}
      <Attachments ids={variant.attachments ?? []} readOnly={readOnly} onChange={attachments => set({ ...variant, attachments })} />
    </Stack>
  )
}

/** What stays when the body is written another way. */
const kept = ({ subject, preheader, attachments }: MailVariant) => ({ subject, preheader, ...attachments === undefined ? {} : { attachments } })

/** From blocks to HTML one goes with what is there; back there is no way but to begin anew (or to undo). */
function ToHtml({ document, locale, kind, onHtml }: { document: MailDocument, locale: MailLocale, kind: Props['kind'], onHtml: (html: string) => void }) {
  const { t } = useTranslation('templates')
  const make = useMutation({
    mutationFn: () => api.post<MailPreview>('/templates/preview', { document, locale, kind, with_source: true }),
    onSuccess: preview => onHtml(preview.source ?? '<!doctype html>\n<html>\n<body>\n\n</body>\n</html>\n'),
  })
  return (
    <Group gap="sm" mt="xs">
      <Anchor component="button" type="button" size="sm" c="dimmed" onClick={() => make.mutate()}><Group gap={5} component="span"><IconCode size={15} aria-hidden />{t('html.to')}</Group></Anchor>
      {make.isPending && <Text size="xs" c="dimmed">…</Text>}
      <ErrorNotice error={make.error} />
    </Group>
  )
}

/** Where a document as a whole stands, for readers without the right to change it. */
export function ReadOnlyNotice({ children }: { children: React.ReactNode }) {
  return <Alert variant="light" color="gray" mb="md">{children}</Alert>
}
