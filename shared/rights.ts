import { z } from 'zod'

/** Roles whose sight can be narrowed; administrators always see everything. */
export const narrowedRole = z.enum(['marketer', 'manager', 'observer'])
export type NarrowedRole = z.infer<typeof narrowedRole>

export const recordKinds = ['contacts', 'companies', 'leads', 'deals', 'tasks'] as const
export type RecordKind = typeof recordKinds[number]

export const sight = z.enum(['all', 'team', 'own'])
export type Sight = z.infer<typeof sight>

/** Fields of the card whose right can be set beside the custom ones, which have their own `access`. */
export const guardedFields = ['email', 'phone', 'external_id', 'city'] as const

export const fieldAccess = z.enum(['edit', 'read', 'hidden'])
export type FieldAccess = z.infer<typeof fieldAccess>

export const roleRights = z.object({
  role: narrowedRole,
  contacts: sight.describe('whose contacts are seen; with somebody\'s own (or their team\'s) lead, deal or task comes its contact, too'),
  companies: sight.describe('a company of a contact one sees is seen, too'),
  leads: sight,
  deals: sight,
  tasks: sight,
  sees_unowned: z.boolean().describe('records nobody looks after are seen, too'),
  fields: z.partialRecord(z.enum(guardedFields), fieldAccess).describe('what is left out may be changed'),
})
/** With custom fields, which keep their rights themselves, as `fields.<key>`, `company.fields.<key>`, `deal.fields.<key>`. */
export type RoleRights = Omit<z.infer<typeof roleRights>, 'fields'> & { fields: Record<string, FieldAccess> }

export const rightsBody = roleRights.omit({ role: true })

export const seesAll: Omit<RoleRights, 'role'> = { contacts: 'all', companies: 'all', leads: 'all', deals: 'all', tasks: 'all', sees_unowned: true, fields: {} }
