import type { ConditionLeaf } from '../../shared/conditions.ts'

/** A usual question: which leaf it makes of one value, and back. Values are texts, as inputs give them. */
export type FilterKind = {
  key: string
  input: 'choice' | 'text' | 'number'
  make: (value: string) => ConditionLeaf
  read: (leaf: ConditionLeaf) => string | null
}

const field = (key: string, input: FilterKind['input'], name: string, operator: string): FilterKind => ({
  key, input,
  make: value => ({ field: name, operator, value: input === 'text' ? value : Number(value) }),
  read: leaf => 'field' in leaf && leaf.field === name && leaf.operator === operator && (typeof leaf.value === 'string' || typeof leaf.value === 'number') ? String(leaf.value) : null,
})
const days = (key: string, name: string, operator: string): FilterKind => ({
  key, input: 'number',
  make: value => ({ field: name, operator, value: { amount: Math.round(Number(value)), unit: 'days' } }),
  read: leaf => 'field' in leaf && leaf.field === name && leaf.operator === operator && typeof leaf.value === 'object' && !Array.isArray(leaf.value) && leaf.value.unit === 'days' ? String(leaf.value.amount) : null,
})

export const filterKinds: FilterKind[] = [
  { key: 'tag', input: 'choice', make: value => ({ tag: Number(value), has: true }), read: leaf => 'tag' in leaf && leaf.has && leaf.since === undefined ? String(leaf.tag) : null },
  { key: 'segment', input: 'choice', make: value => ({ segment: Number(value), in: true }), read: leaf => 'segment' in leaf && leaf.in && leaf.since === undefined ? String(leaf.segment) : null },
  field('owner', 'choice', 'owner_id', 'is'),
  field('city', 'text', 'city', 'is'),
  field('source', 'text', 'source', 'contains'),
  {
    key: 'buyer', input: 'choice',
    make: value => value === 'yes' ? { field: 'orders_count', operator: 'at_least', value: 1 } : { field: 'orders_count', operator: 'is', value: 0 },
    read: leaf => !('field' in leaf) || leaf.field !== 'orders_count' ? null : leaf.operator === 'at_least' && leaf.value === 1 ? 'yes' : leaf.operator === 'is' && leaf.value === 0 ? 'no' : null,
  },
  field('revenue', 'number', 'revenue', 'at_least'),
  days('active', 'last_event_at', 'in_last'),
  days('quiet', 'last_event_at', 'not_in_last'),
  days('created', 'created_at', 'in_last'),
  { key: 'consent', input: 'choice', make: value => ({ consent: 'granted', topic: Number(value) }), read: leaf => 'consent' in leaf && leaf.consent === 'granted' && leaf.topic !== null && leaf.since === undefined ? String(leaf.topic) : null },
]

export const leafOf = (kind: FilterKind, value: string): ConditionLeaf => kind.make(value)
export const readValue = (kind: FilterKind, leaf: ConditionLeaf): string | null => kind.read(leaf)
