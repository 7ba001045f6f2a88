/** What notes and files are about. */
export type NotesOf = { contactId: number } | { companyId: number } | { dealId: number }

export const addressOf = (of: NotesOf): string => 'contactId' in of ? `/contacts/${of.contactId}` : 'companyId' in of ? `/companies/${of.companyId}` : `/deals/${of.dealId}`
export const topicOf = (of: NotesOf): string => 'contactId' in of ? `contact:${of.contactId}` : 'companyId' in of ? `company:${of.companyId}` : `deal:${of.dealId}`
export const contentOf = (of: NotesOf, fileId: number): string => `/api/v1${addressOf(of)}/files/${fileId}`
