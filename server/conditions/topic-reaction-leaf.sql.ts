import { sql } from 'kysely'
import type { TopicReactionLeaf } from '../../shared/conditions.ts'
import type { CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { numberPredicate } from './field-leaf.sql.ts'

/** Of the mails of a topic the share, in percent, that the person opened or clicked; unknown while none was sent. */
export function compileTopicReactionLeaf(leaf: TopicReactionLeaf, options: CompileOptions): CompiledLeaf {
  const column = sql.ref(`tr.${leaf.measure}`)
  const own = sql`tr.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)}`
  const reactions = sql`from topic_reactions tr where ${options.among === undefined ? own : sql`${own} and ${options.among(sql`tr.contact_id`)}`} and tr.topic_id = ${leaf.topic_reaction}::bigint`
  const share = sql<number | null>`(select round(100.0 * least(${column}, tr.sent) / tr.sent, 1) ${reactions} and tr.sent > 0)`
  return {
    predicate: leaf.operator === 'known' ? sql`(${share} is not null)` : leaf.operator === 'unknown' ? sql`(${share} is null)` : numberPredicate(share, leaf.operator, leaf.value, value => value),
    actual: sql`(select jsonb_build_object('sent', tr.sent, 'opened', tr.opened, 'clicked', tr.clicked) ${reactions})`,
    dependsOn: ['event:email.sent', ...leaf.measure === 'opened' ? ['event:email.opened'] : [], 'event:email.clicked'],
    clockEdges: [],
  }
}
