import type { Route } from './route-leads.ts'

/** To whom what hangs on a contact goes. */
export type Handover = { contact_id: number, because: string } & Omit<Route, 'assigned_because'>
