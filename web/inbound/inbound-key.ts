/** The settings of incoming mail in the cache of queries. */
export const inboundKey = ['incoming-mail']
