import { useState } from 'react'
import { Alert, Button, Center, Group, Loader, Modal, Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { ContactCard } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { ContactPicker } from '../templates/contact-picker.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { cardKey } from './card-query.ts'
import { FieldValueText } from './field-value.tsx'
import { differingFields } from './merge-fields.ts'
import { useCustomFields } from './use-reference.ts'

/** Makes one card of two: `keep` stays. The other is found here, unless it is known. Then the card opens, unless the page `stays`. */
export function MergeDialog({ keep, other, opened, stays = false, onClose, onMerged }: { keep: number, other?: number, opened: boolean, stays?: boolean, onClose: () => void, onMerged?: () => void }) {
  const { t } = useTranslation('contacts')
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('merge.title')}</Text>} size="lg">
      {opened && <Choose keep={keep} known={other ?? null} stays={stays} onClose={onClose} onMerged={onMerged} />}
    </Modal>
  )
}

function Choose({ keep, known, stays, onClose, onMerged }: { keep: number, known: number | null, stays: boolean, onClose: () => void, onMerged: (() => void) | undefined }) {
  const { t } = useTranslation('contacts')
  const [found, setFound] = useState<number | null>(null)
  const other = known ?? found
  const read = (id: number) => api.get<ContactCard>(`/contacts/${id}`)
  const own = useQuery({ queryKey: cardKey(keep), queryFn: () => read(keep) })
  const second = useQuery({ queryKey: cardKey(other ?? 0), queryFn: () => read(other!), enabled: other !== null })
  return (
    <Stack gap="md">
      {known === null && <ContactPicker withEmail without={keep} value={found} onChange={setFound} label={t('merge.other')} placeholder={t('merge.find')} />}
      <ErrorNotice error={own.error ?? second.error} />
      {other === null
        ? <Group justify="flex-end"><Button variant="default" onClick={onClose}>{t('app:cancel')}</Button></Group>
        : own.data !== undefined && second.data !== undefined
          ? <Compare key={other} card={own.data} other={second.data} stays={stays} onClose={onClose} onMerged={onMerged} />
          : !own.isError && !second.isError && <Center h={120}><Loader type="dots" /></Center>}
    </Stack>
  )
}

/** The two side by side: what differs is chosen, the rest joins by itself. */
function Compare({ card, other, stays, onClose, onMerged }: { card: ContactCard, other: ContactCard, stays: boolean, onClose: () => void, onMerged: (() => void) | undefined }) {
  const { t, i18n } = useTranslation('contacts')
  const client = useQueryClient()
  const navigate = useNavigate()
  const custom = useCustomFields()
  const [chosen, setChosen] = useState<Record<string, number>>({})
  const differing = differingFields(card, other, custom, new Intl.DisplayNames([i18n.language], { type: 'language' }))
  // What is empty on the card that stays is filled from the other, as the API does when nothing is said.
  const choiceOf = (name: string, own: unknown) => chosen[name] ?? (own === null ? other.id : card.id)
  const merge = useMutation({
    mutationFn: () => api.post(`/contacts/${card.id}/merges`, { from: [other.id], fields: Object.fromEntries(differing.map(({ name, own }) => [name, choiceOf(name, own)])) }),
    onSuccess: () => {
      client.removeQueries({ queryKey: cardKey(other.id) })
      void client.invalidateQueries({ queryKey: cardKey(card.id) })
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('merge.done'))
      onClose()
      onMerged?.()
      if (!stays) void navigate(`/contacts/${card.id}`)
    },
  })
  const moved = [
    ['orders', other.rollups.orders_count], ['mails', other.rollups.mails_sent], ['leads', other.leads.length], ['tasks', other.tasks.length],
  ] as const
  const moving = moved.filter(([, count]) => count > 0).map(([what, count]) => t(`merge.moved_${what}`, { count }))
  return (
    <form onSubmit={(event) => { event.preventDefault(); merge.mutate() }}>
      <Stack gap="md">
        <Text size="sm">{t('merge.stays', { name: card.name, other: other.name })}</Text>
        {differing.length === 0
          ? <Text size="sm" c="dimmed">{t('merge.nothing_differs')}</Text>
          : <Text size="sm" c="dimmed">{t('merge.choose')}</Text>}
        {differing.map(({ name, label, own, others }) => {
          const words = label ?? t(`fields.${name}`)
          const field = custom.find(each => name === `fields.${each.key}`)
          const show = (value: typeof own) => value === null ? <Text span c="dimmed" inherit>{t('merge.empty')}</Text> : field === undefined ? String(value) : <FieldValueText field={field} value={value} />
          return (
            <Radio.Group key={name} label={words} value={String(choiceOf(name, own))} onChange={id => setChosen({ ...chosen, [name]: Number(id) })}>
              <SimpleGrid cols={2} spacing="xs" mt={4}>
                {[{ id: card.id, value: own }, { id: other.id, value: others }].map(({ id, value }) => (
                  <Radio key={id} value={String(id)} label={show(value)} styles={{ label: { overflowWrap: 'anywhere' }, labelWrapper: { minWidth: 0 } }} />
                ))}
              </SimpleGrid>
            </Radio.Group>
          )
        })}
        <Alert variant="light" color="gray">
          <Stack gap={6}>
            <Text size="sm">{moving.length === 0 ? t('merge.moves_all') : t('merge.moves', { what: moving.join(', ') })}</Text>
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
