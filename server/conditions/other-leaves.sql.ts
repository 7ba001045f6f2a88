import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { ConsentLeaf, MailLeaf, SegmentLeaf, TagLeaf } from '../../shared/conditions.ts'
import type { CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { sinceFilter, sinceOffset } from './since.sql.ts'

/** The column is the contact's, and one of those asked about. */
export function ofContact(column: string, options: CompileOptions): RawBuilder<boolean> {
  const own = sql<boolean>`${sql.ref(column)} = ${sql.ref(`${options.alias ?? 'c'}.id`)}`
  return options.among === undefined ? own : sql`${own} and ${options.among(sql.ref(column))}`
}

/** `none`: never asked for, granted or withdrawn; without a topic: about no topic at all. */
export function compileConsentLeaf(leaf: ConsentLeaf, options: CompileOptions): CompiledLeaf {
  const states = sql`from consent_states s where ${ofContact('s.contact_id', options)} ${leaf.topic === null ? sql`` : sql`and s.topic_id = ${leaf.topic}::bigint`}`
  return {
    predicate: leaf.consent === 'none' ? sql`(not exists (select ${states}))` : sql`exists (select ${states} and s.status = ${leaf.consent}::text ${sinceFilter(leaf.since, 's.since', options)})`,
    actual: sql`(select coalesce(jsonb_agg(jsonb_build_object('topic_id', s.topic_id, 'status', s.status, 'since', s.since) order by s.topic_id), '[]') ${states})`,
    dependsOn: ['consent'],
    clockEdges: leaf.since ? [{ kind: 'consent', topic: leaf.topic, offset: sinceOffset(leaf.since) }] : [],
  }
}

export function compileTagLeaf(leaf: TagLeaf, options: CompileOptions): CompiledLeaf {
  const tagged = sql`from contact_tags t where ${ofContact('t.contact_id', options)} and t.tag_id = ${leaf.tag}::bigint`
  return {
    predicate: leaf.has ? sql`exists (select ${tagged} ${sinceFilter(leaf.since, 't.added_at', options)})` : sql`(not exists (select ${tagged}))`,
    actual: sql`jsonb_build_object('has', exists (select ${tagged}), 'since', (select t.added_at ${tagged}))`,
    dependsOn: ['tag'],
    clockEdges: leaf.since ? [{ kind: 'tag', tag: leaf.tag, offset: sinceOffset(leaf.since) }] : [],
  }
}

export function compileSegmentLeaf(leaf: SegmentLeaf, options: CompileOptions): CompiledLeaf {
  const membership = sql`from segment_memberships sm where ${ofContact('sm.contact_id', options)} and sm.segment_id = ${leaf.segment}::bigint`
  return {
    predicate: leaf.in ? sql`exists (select ${membership} ${sinceFilter(leaf.since, 'sm.entered_at', options)})` : sql`(not exists (select ${membership}))`,
    actual: sql`jsonb_build_object('in', exists (select ${membership}), 'since', (select sm.entered_at ${membership}))`,
    dependsOn: [`segment:${leaf.segment}`],
    clockEdges: leaf.since ? [{ kind: 'segment', segment: leaf.segment, offset: sinceOffset(leaf.since) }] : [],
  }
}

/** Asks about the mails of the enrolment it is asked for. Outside a journey no such mail was ever sent. */
export function compileMailLeaf(leaf: MailLeaf, options: CompileOptions): CompiledLeaf {
  const reactions = { sent: sql`m.sent_at is not null`, opened: sql`(m.opened_at is not null or m.clicked_at is not null)`, clicked: sql`m.clicked_at is not null`, ordered: sql`m.orders > 0` }
  const mails = options.enrolmentAlias === undefined
    ? sql`from messages m where false`
    : sql`from messages m where ${ofContact('m.contact_id', options)} and m.enrolment_id = ${sql.ref(`${options.enrolmentAlias}.id`)} and m.step_key = ${leaf.mail_step}::text`
  return {
    predicate: leaf.happened ? sql`exists (select ${mails} and ${reactions[leaf.reaction]})` : sql`(not exists (select ${mails} and ${reactions[leaf.reaction]}))`,
    actual: sql`(select jsonb_build_object('sent_at', max(m.sent_at), 'opened_at', max(m.opened_at), 'clicked_at', max(m.clicked_at), 'orders', coalesce(sum(m.orders), 0)) ${mails})`,
    dependsOn: leaf.reaction === 'sent' ? ['event:email.sent'] : leaf.reaction === 'ordered' ? ['event:order.placed'] : ['event:email.opened', 'event:email.clicked'],
    clockEdges: [],
  }
}
