import { useState } from 'react'
import { Anchor, Button, Group, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Campaign } from '../../shared/campaigns.ts'
import type { MailProblem, TemplateDetail } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { findBlock, replaceBlock, setVariant } from '../templates/edit-document.ts'
import { notifyError } from '../ui/notify.ts'
import { CheckLine } from './check-line.tsx'
import { editorPath } from './finding-words.ts'

/** What is wrong with the mail itself, with the way to its block; a missing description of a picture is filled in right here. */
export function MailProblemLine({ campaign, problem }: { campaign: Campaign, problem: MailProblem }) {
  const { t } = useTranslation('mail_check')
  const may = useMay('marketing')
  const place = problem.block_id === null ? undefined : { part: 'block' as const, block_id: problem.block_id, number: null, kind: null }
  return (
    <CheckLine level={problem.level}>
      {problem.message} {may && campaign.template && <Anchor component={Link} size="sm" to={editorPath(campaign.template.id, problem.locale, place)}>{t(place ? 'open_block' : 'open_mail')}</Anchor>}
      {may && campaign.template && problem.code === 'missing_alt' && problem.block_id !== null && <AltField campaign={campaign} templateId={campaign.template.id} problem={problem} blockId={problem.block_id} />}
    </CheckLine>
  )
}

function AltField({ campaign, templateId, problem, blockId }: { campaign: Campaign, templateId: number, problem: MailProblem, blockId: string }) {
  const { t } = useTranslation('mail_check')
  const client = useQueryClient()
  const [alt, setAlt] = useState('')
  const save = useMutation({
    mutationFn: async () => {
      const { revision, document } = await api.get<TemplateDetail>(`/templates/${templateId}`)
      const variant = document.locales[problem.locale]
      const image = findBlock(variant?.blocks ?? [], blockId)
      if (!variant?.blocks || image?.kind !== 'image') return
      await api.patch(`/templates/${templateId}`, { revision, document: setVariant(document, problem.locale, { ...variant, blocks: replaceBlock(variant.blocks, { ...image, alt: alt.trim() }) }) })
    },
    onSuccess: () => {
      for (const key of [['campaign-preflight', campaign.id], ['campaign-mail-check', campaign.id], ['template', templateId], ['template', String(templateId)]]) void client.invalidateQueries({ queryKey: key })
    },
    onError: notifyError,
  })
  return (
    <form onSubmit={(event) => {
      event.preventDefault()
      if (alt.trim() !== '') save.mutate()
    }}
    >
      <Group gap={6} mt={4} wrap="nowrap">
        <TextInput size="xs" flex={1} maxLength={1000} aria-label={t('alt')} placeholder={t('alt')} value={alt} onChange={event => setAlt(event.currentTarget.value)} />
        <Button size="xs" variant="light" type="submit" disabled={alt.trim() === ''} loading={save.isPending}>{t('app:save')}</Button>
      </Group>
    </form>
  )
}
