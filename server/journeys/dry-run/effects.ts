import type { FieldValue } from '../../../shared/contacts.ts'

/** Tables a journey's steps write to, each with what makes a row of a contact one. */
export const keyColumns = { contact_tags: 'tag_id', segment_memberships: 'segment_id', consent_states: 'topic_id', coupons: 'id', deals: 'id', leads: 'id' } as const
export type EffectTable = keyof typeof keyColumns

/** What the journey's own steps would have changed of one person by now; nothing of it is written. */
export type Effects = {
  /** columns of the card */
  card: Record<string, string | number | null>
  fields: Record<string, FieldValue>
  /** rows in place of those there are, by table and key; null: there is none any more */
  rows: Map<EffectTable, Map<number, Record<string, unknown> | null>>
  /** keys of what changed, as conditions depend on them */
  changed: Set<string>
}
export type Affected = { contact_id: number, effects?: Effects | null }

export function effectsOf(person: Affected): Effects {
  return person.effects ??= { card: {}, fields: {}, rows: new Map(), changed: new Set() }
}

export function putRow(person: Affected, table: EffectTable, key: number, row: Record<string, unknown> | null, changed: string): void {
  const effects = effectsOf(person)
  const rows = effects.rows.get(table) ?? new Map<number, Record<string, unknown> | null>()
  rows.set(key, row === null ? null : { ...row, contact_id: person.contact_id, [keyColumns[table]]: key })
  effects.rows.set(table, rows)
  effects.changed.add(changed)
}

/** Rows the base does not have are numbered from here down, so that they meet none it has. */
let lastMade = 0
export const madeId = (): number => --lastMade

/**
 * Asks people in statements that name nobody twice: what the steps changed is put over the tables by contact, and
 * somebody who goes through twice at once is changed differently each time. Answers in their order.
 */
export async function inTurns<One extends Affected, Answer>(people: readonly One[], ask: (some: readonly One[]) => Promise<Answer[]>): Promise<Answer[]> {
  if (people.length === 0) return []
  if (people.every(one => !one.effects)) return await ask(people)
  const times = new Map<number, number>()
  const turns: { indexes: number[], people: One[] }[] = []
  for (const [index, one] of people.entries()) {
    const time = times.get(one.contact_id) ?? 0
    times.set(one.contact_id, time + 1)
    const turn = turns[time] ??= { indexes: [], people: [] }
    turn.indexes.push(index)
    turn.people.push(one)
  }
  const answers: Answer[] = []
  for (const turn of turns) {
    for (const [place, answer] of (await ask(turn.people)).entries()) answers[turn.indexes[place]!] = answer
  }
  return answers
}
