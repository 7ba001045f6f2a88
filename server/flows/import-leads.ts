import type { ImportOptions } from '../../shared/imports.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { Db } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import type { Saved } from '../contacts/save-contacts.sql.ts'
import { cardsForLeads } from '../forms/forms.sql.ts'
import { deleteNewLeads, latestOpenLeads } from '../leads/create-leads.sql.ts'
import type { Change } from './apply-changes.ts'
import { makeLeads } from './make-leads.ts'
import { saveCards } from './save-contacts.ts'

/** Everybody of these who has no open lead becomes one, given out by the rules; each manager is told once an import, not for each lead. */
export async function leadsOfImport(tx: Db, { id, name, options, dry }: { id: number, name: string, options: ImportOptions, dry?: boolean }, contactIds: number[], now: Date): Promise<{ changes: Change[], /** cards that got their manager */ owned: Saved[] }> {
  if (!options.as_leads || dry === true) return { changes: [], owned: [] }
  const source = `import:${id}`
  const open = await latestOpenLeads(tx, contactIds)
  const wanting = [...new Set(contactIds)].filter(contactId => !open.has(contactId))
  const [{ language }, cards] = [await readCompany(tx), await cardsForLeads(tx, wanting)]
  const { leads, changes } = await makeLeads(tx, wanting.map(contact_id => ({
    contact_id, source, source_label: options.source || name, utm: {}, form_id: null, wish: 'rules', contact_owner: cards.get(contact_id)?.owner_id ?? null,
  })), null, now)
  const managers = new Set(leads.flatMap(lead => lead.owner_id ?? []))
  await notifyUsers(tx, [...managers].map(user_id => ({
    user_id, title: language === 'ru' ? `Новые лиды из файла «${name}»` : `New leads from the file “${name}”`, link: '/leads?owner=me', source_key: `leads:${source}`,
  })), now)
  const owned = await saveCards(tx, leads.flatMap(lead => lead.owner_id === null ? [] : [{ id: lead.contact_id, owner_id: lead.owner_id }]), { now, by: source, mode: 'only_empty' })
  return { changes: [...changes, ...owned.changes], owned: owned.outcomes.flatMap(outcome => 'error' in outcome ? [] : [outcome]) }
}

/** Leads an import made that nobody has begun to work on go again. */
export async function takeBackLeads(tx: Db, importId: number, contactIds: number[]): Promise<Change[]> {
  const gone = await deleteNewLeads(tx, `import:${importId}`, contactIds)
  if (gone.length > 0) await touchAll(tx, ['leads'])
  return gone.map(contact_id => ({ contact_id, keys: ['lead'], events: [] }))
}
