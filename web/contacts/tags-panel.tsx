import { useState } from 'react'
import { ActionIcon, Autocomplete, Badge, Group, Text } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { cardKey } from './card-query.ts'
import { Panel } from './panel.tsx'
import { tagsKey, useTags } from './use-reference.ts'

export function TagsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('contacts')
  const may = useMay('contacts')
  const client = useQueryClient()
  const known = useTags()
  const [adding, setAdding] = useState(false)
  const [name, setName] = useState('')
  const change = useMutation({
    mutationFn: (act: { add: string } | { remove: number }) => 'add' in act
      ? api.post(`/contacts/${card.id}/tags`, { name: act.add })
      : api.delete(`/contacts/${card.id}/tags/${act.remove}`),
    onSuccess: () => {
      setName('')
      void client.invalidateQueries({ queryKey: cardKey(card.id) })
      void client.invalidateQueries({ queryKey: tagsKey })
      void client.invalidateQueries({ queryKey: ['list'] })
    },
    onError: notifyError,
  })
  const add = (text: string) => {
    if (text.trim() !== '') change.mutate({ add: text.trim() })
  }
  const own = new Set(card.tags.map(tag => tag.id))
  return (
    <Panel title={t('tags.title')} action={may && !adding && <ActionIcon variant="subtle" color="gray" aria-label={t('tags.add')} onClick={() => setAdding(true)}><IconPlus size={17} /></ActionIcon>}>
      <Group gap={6}>
        {card.tags.map(tag => (
          <Badge
            key={tag.id} size="lg" color="gray"
            rightSection={may && <ActionIcon size="xs" variant="transparent" color="gray" aria-label={t('tags.remove', { name: tag.name })} onClick={() => change.mutate({ remove: tag.id })}><IconX size={12} /></ActionIcon>}
          >
            {tag.name}
          </Badge>
        ))}
        {card.tags.length === 0 && !adding && <Text size="sm" c="dimmed">{t('tags.none')}</Text>}
        {adding && (
          <form onSubmit={(event) => { event.preventDefault(); add(name) }}>
            <Autocomplete
              size="xs" w={200} autoFocus aria-label={t('tags.add')} placeholder={t('tags.placeholder')} maxLength={100} value={name} onChange={setName} onOptionSubmit={add} disabled={change.isPending}
              data={known.filter(tag => !own.has(tag.id)).map(tag => tag.name)} onKeyDown={(event) => { if (event.key === 'Escape') setAdding(false) }}
            />
          </form>
        )}
      </Group>
    </Panel>
  )
}
