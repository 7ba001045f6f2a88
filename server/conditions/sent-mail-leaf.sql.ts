import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { SentMailLeaf } from '../../shared/conditions.ts'
import type { CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { countPredicate } from './count-predicates.sql.ts'
import { moment } from './moments.ts'

/** The events that say it; a click is an opening too. */
const eventsOf: Record<SentMailLeaf['mail'], string[]> = {
  sent: ['email.sent'],
  opened: ['email.opened', 'email.clicked'],
  clicked: ['email.clicked'],
  replied: ['email.replied'],
  bounced: ['email.bounced'],
  unsubscribed: ['subscription.withdrawn'],
}

/**
 * Asked of the events, which know every time it happened and come in one transaction with what follows; the ledger only
 * says of which template and step a mail was. Unsubscribing counts when it was done from a mail.
 */
export function compileSentMailLeaf(leaf: SentMailLeaf, options: CompileOptions): CompiledLeaf {
  const types = eventsOf[leaf.mail]
  const contactId = sql.ref(`${options.alias ?? 'c'}.id`)
  const filters = mailFilters(leaf, types, options)
  const own = sql`from events e where ${sql.join([sql`e.contact_id = ${contactId}`, ...filters], sql` and `)}`
  const together = options.among === undefined ? undefined : sql`from events e where ${sql.join([options.among(sql`e.contact_id`), ...filters], sql` and `)}`
  return {
    predicate: countPredicate(leaf.happened ? undefined : { exactly: 0 }, { contactId, own, together, rowContactId: sql`e.contact_id` }),
    actual: sql`(
      select jsonb_build_object('count', count(distinct e.message_id), 'last_at', max(e.occurred_at), 'message_id', (array_agg(e.message_id order by e.occurred_at desc, e.id desc))[1])
      ${own}
    )`,
    dependsOn: types.map(type => `event:${type}`),
    clockEdges: leaf.window
      ? types.map(event => ({ kind: 'event' as const, event, offset: durationMilliseconds(leaf.window && 'last' in leaf.window ? leaf.window.last : leaf.window!.before) }))
      : [],
  }
}

function mailFilters({ of, link, window, include_machines }: SentMailLeaf, types: string[], options: CompileOptions): RawBuilder<unknown>[] {
  const filters: RawBuilder<unknown>[] = [types.length === 1 ? sql`e.type = ${types[0]}::text` : sql`e.type = any(${types}::text[])`, sql`e.message_id is not null`]
  if (!include_machines) filters.push(sql`not e.is_machine`)
  if (window) {
    const ago = moment(options.now.getTime() - durationMilliseconds('last' in window ? window.last : window.before))
    filters.push('last' in window ? sql`e.occurred_at > ${ago}::timestamptz` : sql`e.occurred_at <= ${ago}::timestamptz`)
  }
  if (link !== undefined) filters.push(sql`strpos(lower(e.properties ->> 'url'), lower(${link}::text)) > 0`)
  if (of === null) return filters
  const ledger = (filter: RawBuilder<unknown>) => sql`exists (select from messages m where ${sql.join([
    sql`m.contact_id = e.contact_id`, sql`m.id = e.message_id`, ...(options.among ? [options.among(sql`m.contact_id`)] : []), filter,
  ], sql` and `)})`
  if ('campaign' in of) return [...filters, sql`e.campaign_id = ${of.campaign}::bigint`]
  if ('template' in of) return [...filters, ledger(sql`m.template_version_id in (select id from template_versions where template_id = ${of.template}::bigint)`)]
  filters.push(sql`e.journey_id = ${of.journey}::bigint`)
  return of.step === undefined ? filters : [...filters, ledger(sql`m.step_key = ${of.step}::text`)]
}
