import { z } from 'zod'

export const viewList = z.enum(['contacts', 'companies'])
export type ViewList = z.infer<typeof viewList>
export const viewColumn = z.object({ key: z.string().min(1).max(60), width: z.number().int().min(60).max(800).nullable().default(null) })
export type ViewColumn = z.infer<typeof viewColumn>

const name = z.string().trim().min(1, 'give the view a name').max(100)
const look = {
  search: z.string().max(200),
  filter: z.array(z.unknown()).max(100).describe('conditions, all of which hold; see the schema Condition'),
  columns: z.array(viewColumn).min(1).max(60).describe('in their order'),
  sort: z.string().regex(/^-?[a-z_]+(\.[a-z0-9_]+)?$/, 'is not an order of this list'),
}
export const createViewBody = z.object({ list: viewList, name, is_shared: z.boolean().default(false), ...look, search: look.search.default('') })
export const changeViewBody = z.object({
  revision: z.number().int().describe('the revision you saw'),
  name: name.optional(), is_shared: z.boolean().optional(),
  search: look.search.optional(), filter: look.filter.optional(), columns: look.columns.optional(), sort: look.sort.optional(),
})
export const placeViewBody = z.object({ is_pinned: z.boolean().optional().describe('a tab above the list'), is_first: z.boolean().optional().describe('the list opens with it') })

export const view = z.object({
  id: z.number().int(), list: viewList, name: z.string(), is_shared: z.boolean(), ...look,
  revision: z.number().int(),
  owner: z.object({ id: z.number().int(), name: z.string() }).nullable(),
  may_edit: z.boolean(),
  is_pinned: z.boolean(), is_first: z.boolean(),
})
export type View = z.infer<typeof view>
