import { useQueryClient } from '@tanstack/react-query'
import { api, ApiError } from '../app/api.ts'
import type { ContactCard, ContactInput } from '../../shared/contacts.ts'

export const cardKey = (id: number) => ['contact', id]

/** Somebody else changed the very field one was editing: what it is now. */
export class FieldChangedMeanwhile extends Error {
  readonly card: ContactCard
  constructor(card: ContactCard) {
    super('changed meanwhile')
    this.card = card
  }
}

/**
 * Saves some fields of a card. When the card has changed meanwhile but not in these fields (a mail was opened, a tag came),
 * it is saved over the newer state; when it has changed in them, FieldChangedMeanwhile says so and nothing is written.
 */
export function useSaveCard(card: ContactCard) {
  const client = useQueryClient()
  return async (changes: ContactInput, { force = false } = {}): Promise<void> => {
    const read = () => client.getQueryData<ContactCard>(cardKey(card.id)) ?? card
    const save = async (revision: number) => {
      const saved = await api.patch<ContactCard>(`/contacts/${card.id}`, { ...changes, revision })
      client.setQueryData(cardKey(card.id), saved)
      void client.invalidateQueries({ queryKey: ['list'] })
    }
    try {
      await save(force ? read().revision : card.revision)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'changed_meanwhile') throw error
      const fresh = await api.get<ContactCard>(`/contacts/${card.id}`)
      client.setQueryData(cardKey(card.id), fresh)
      if (!force && Object.keys(changes).some(name => name === 'fields' ? fieldsDiffer(card, fresh, Object.keys(changes.fields ?? {})) : differ(card, fresh, name as keyof ContactCard))) throw new FieldChangedMeanwhile(fresh)
      await save(fresh.revision)
    }
  }
}

const differ = (before: ContactCard, after: ContactCard, name: keyof ContactCard) => {
  const key = (name === 'owner_id' as keyof ContactCard ? 'owner' : name) as keyof ContactCard
  return JSON.stringify(before[key]) !== JSON.stringify(after[key])
}
const fieldsDiffer = (before: ContactCard, after: ContactCard, keys: string[]) => keys.some(key => JSON.stringify(before.fields[key] ?? null) !== JSON.stringify(after.fields[key] ?? null))
