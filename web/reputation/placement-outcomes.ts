import type { PlacementOutcome } from '../../shared/placement.ts'

export const outcomesInOrder: PlacementOutcome[] = ['inbox', 'tab', 'spam', 'other', 'missing', 'not_sent', 'unreadable', 'waiting']
export const outcomeColours: Record<PlacementOutcome, string> = { inbox: 'pine', tab: 'blue', spam: 'red', other: 'gray', missing: 'orange', not_sent: 'gray', unreadable: 'gray', waiting: 'gray' }
