import { useState } from 'react'
import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { ContactCard, FieldValue } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { ContactPicker } from '../templates/contact-picker.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { cardKey } from './card-query.ts'
import { FieldChoice } from './field-choice.tsx'
import { FieldValueText } from './field-value.tsx'
import { differingFields, type DifferingField } from './merge-fields.ts'
import { useCustomFields } from './use-reference.ts'

/** Makes one card of two or more: `keep` stays. The other is found here, unless they are known. Then the card opens, unless the page `stays`. */
export function MergeDialog({ keep, others, opened, stays = false, onClose, onMerged }: { keep: number, others?: number[], opened: boolean, stays?: boolean, onClose: () => void, onMerged?: () => void }) {
  const { t } = useTranslation('contacts')
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('merge.title', { count: (others?.length ?? 1) + 1 })}</Text>} size={(others?.length ?? 1) > 1 ? 'xl' : 'lg'}>
      {opened && <Choose keep={keep} known={others ?? null} stays={stays} onClose={onClose} onMerged={onMerged} />}
    </Modal>
  )
}

function Choose({ keep, known, stays, onClose, onMerged }: { keep: number, known: number[] | null, stays: boolean, onClose: () => void, onMerged: (() => void) | undefined }) {
  const { t } = useTranslation('contacts')
  const [found, setFound] = useState<number | null>(null)
  const others = known ?? (found === null ? [] : [found])
  const read = (id: number) => api.get<ContactCard>(`/contacts/${id}`)
  const cards = useQueries({ queries: [keep, ...others].map(id => ({ queryKey: cardKey(id), queryFn: () => read(id) })) })
  const there = cards.flatMap(card => card.data ?? [])
  const error = cards.find(card => card.isError)?.error
  return (
    <Stack gap="md">
      {known === null && <ContactPicker withEmail without={keep} value={found} onChange={setFound} label={t('merge.other')} placeholder={t('merge.find')} />}
      <ErrorNotice error={error} />
      {others.length === 0
        ? <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('app:cancel')}</Button></Group>
        : there.length === cards.length
          ? <Compare key={others.join()} cards={there} stays={stays} onClose={onClose} onMerged={onMerged} />
          : error === undefined && <Center h={120}><Loader type="dots" /></Center>}
    </Stack>
  )
}

/** The cards side by side, the one that stays first: what differs is chosen, the rest joins by itself. */
function Compare({ cards, stays, onClose, onMerged }: { cards: ContactCard[], stays: boolean, onClose: () => void, onMerged: (() => void) | undefined }) {
  const { t, i18n } = useTranslation('contacts')
  const client = useQueryClient()
  const navigate = useNavigate()
  const custom = useCustomFields()
  const [chosen, setChosen] = useState<Record<string, number>>({})
  const [card, ...others] = cards as [ContactCard, ...ContactCard[]]
  const differing = differingFields(cards, custom, new Intl.DisplayNames([i18n.language], { type: 'language' }))
  // What is empty on the card that stays is filled from the first of the others that has it, as the API does when nothing is said.
  const choiceOf = ({ name, values }: DifferingField) => chosen[name] ?? values.find(({ value }) => value !== null)!.id
  const merge = useMutation({
    mutationFn: () => api.post(`/contacts/${card.id}/merges`, { from: others.map(other => other.id), fields: Object.fromEntries(differing.map(field => [field.name, choiceOf(field)])) }),
    onSuccess: () => {
      for (const other of others) client.removeQueries({ queryKey: cardKey(other.id) })
      void client.invalidateQueries({ queryKey: cardKey(card.id) })
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('merge.done', { count: cards.length }))
      onClose()
      onMerged?.()
      if (!stays) void navigate(`/contacts/${card.id}`)
    },
  })
  const sum = (count: (other: ContactCard) => number) => others.reduce((all, other) => all + count(other), 0)
  const moved = [
    ['orders', sum(other => other.rollups.orders_count)], ['mails', sum(other => other.rollups.mails_sent)], ['leads', sum(other => other.leads.length)], ['tasks', sum(other => other.tasks.length)],
  ] as const
  const moving = moved.filter(([, count]) => count > 0).map(([what, count]) => t(`merge.moved_${what}`, { count }))
  return (
    <form onSubmit={(event) => { event.preventDefault(); merge.mutate() }}>
      <Stack gap="md">
        <Text size="sm">{t('merge.stays', { count: others.length, name: card.name, other: others.map(other => other.name).join(', ') })}</Text>
        {differing.length === 0
          ? <Text size="sm" c="dimmed">{t('merge.nothing_differs')}</Text>
          : <Text size="sm" c="dimmed">{t('merge.choose')}</Text>}
        {differing.map((differs) => {
          const { name, label, values } = differs
          const words = label ?? t(`fields.${name}`)
          const field = custom.find(each => name === `fields.${each.key}`)
          const show = (value: FieldValue) => value === null ? <Text span c="dimmed" inherit>{t('merge.empty')}</Text> : field === undefined ? String(value) : <FieldValueText field={field} value={value} />
          return <FieldChoice key={name} label={words} values={values.map(({ id, value }) => ({ id, words: show(value) }))} chosen={choiceOf(differs)} onChoose={id => setChosen({ ...chosen, [name]: id })} />
        })}
        <Alert variant="light" color="gray">
          <Stack gap={6}>
            <Text size="sm">{moving.length === 0 ? t('merge.moves_all', { count: others.length }) : t('merge.moves', { count: others.length, what: moving.join(', ') })}</Text>
            <Text size="sm">{t('merge.consents')}</Text>
            <Text size="sm">{t('merge.undoable')}</Text>
          </Stack>
        </Alert>
        <ErrorNotice error={merge.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('app:cancel')}</Button>
          <Button type="submit" loading={merge.isPending}>{t('merge.button')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
