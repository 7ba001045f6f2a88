/** Queues are divided into lanes by contact: the order of one person's events is kept and no two workers meet. */
export const laneCount = 64

/** In SQL: `(contact_id % 64)::smallint` */
export const laneOf = (contactId: number): number => contactId % laneCount
