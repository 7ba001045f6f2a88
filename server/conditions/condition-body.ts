import { z } from 'zod'

/**
 * A condition in a request. It is read by `readCondition`, which names the place of every mistake and cannot be
 * overwhelmed by depth; here it is only described.
 */
export const conditionBody = z.unknown().meta({
  description: 'A condition: a tree of groups (all, any, not) and leaves, see the schema Condition.',
  examples: [{ all: [{ field: 'city', operator: 'is', value: 'Moscow' }, { event: 'order.placed', count: { at_least: 2 }, window: { last: { amount: 90, unit: 'days' } } }] }],
})
