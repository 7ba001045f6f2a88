import { changeStaticMembers, holdStaticSegment } from '../../segments/change-static-members.sql.ts'
import { noteMoves } from './step.ts'
import type { AdvanceStep } from './step.ts'

/** Puts people into a static segment or takes them out; who is in or out already just goes on. */
export const changeSegment: AdvanceStep<'change_segment'> = async (people, context) => {
  const gone = new Set<number | null>()
  for (const group of Map.groupBy(people, ({ walker, step }) => `${walker.journey_id}:${step.segment_id}:${step.action}`).values()) {
    const { walker, step: { segment_id, action } } = group[0]!
    if (segment_id === null || !await holdStaticSegment(context.db, segment_id)) gone.add(segment_id)
    else noteMoves(context, await changeStaticMembers(context.db, { segmentId: segment_id, contactIds: group.map(person => person.walker.contact_id), action, because: `journey:${walker.journey_id}`, now: context.now }))
  }
  return people.map(({ step }) => gone.has(step.segment_id) ? { kind: 'fail', reason: 'segment_gone' } : { kind: 'go', outlet: 'next', outcome: 'next' })
}
