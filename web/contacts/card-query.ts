import { useQueryClient } from '@tanstack/react-query'
import { api, ApiError } from '../app/api.ts'
import type { ContactCard, ContactInput, FieldValue } from '../../shared/contacts.ts'

export const cardKey = (id: number) => ['contact', id]

/** Somebody else changed the very field one was editing: what it is now. */
export class FieldChangedMeanwhile<Card = unknown> extends Error {
  readonly card: Card
  constructor(card: Card) {
    super('changed meanwhile')
    this.card = card
  }
}

/**
 * Saves some fields of a card. When the card has changed meanwhile but not in these fields (a mail was opened, a tag came),
 * it is saved over the newer state; when it has changed in them, FieldChangedMeanwhile says so and nothing is written.
 */
export const useSaveCard = (card: ContactCard) => useSaveRecord<ContactCard, ContactInput>(`/contacts/${card.id}`, cardKey(card.id), card)

type Changeable = { revision: number, fields?: Record<string, FieldValue> }

/** The same for a record at any address that carries a revision. */
export function useSaveRecord<Card extends Changeable, Input extends { fields?: Record<string, FieldValue> | undefined }>(path: string, key: unknown[], card: Card) {
  const client = useQueryClient()
  return async (changes: Input, { force = false } = {}): Promise<void> => {
    const save = async (revision: number) => {
      client.setQueryData(key, await api.patch<Card>(path, { ...changes, revision }))
      void client.invalidateQueries({ queryKey: ['list'] })
    }
    try {
      await save(force ? (client.getQueryData<Card>(key) ?? card).revision : card.revision)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'changed_meanwhile') throw error
      const fresh = await api.get<Card>(path)
      client.setQueryData(key, fresh)
      if (!force && Object.keys(changes).some(name => name === 'fields' ? fieldsDiffer(card, fresh, Object.keys(changes.fields ?? {})) : differ(card, fresh, name))) throw new FieldChangedMeanwhile(fresh)
      await save(fresh.revision)
    }
  }
}

const differ = (before: object, after: object, name: string) => {
  const of = (card: object) => JSON.stringify((card as Record<string, unknown>)[name === 'owner_id' ? 'owner' : name])
  return of(before) !== of(after)
}
const fieldsDiffer = (before: Changeable, after: Changeable, keys: string[]) => keys.some(key => JSON.stringify(before.fields?.[key] ?? null) !== JSON.stringify(after.fields?.[key] ?? null))
