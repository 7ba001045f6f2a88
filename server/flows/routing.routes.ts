import { z } from 'zod'
import { changedLeads } from '../../shared/leads.ts'
import { giveLeadsBody, handoverBody, openWork, routingRules, routingRulesBody, routingTrial } from '../../shared/routing.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { findLead } from '../leads/leads.sql.ts'
import { routeLeads } from '../leads/route-leads.ts'
import { findRoutingRules, matchConditions } from '../leads/routing.sql.ts'
import { readRouting, saveRouting } from '../leads/save-routing.ts'
import { namesOfUsers } from '../leads/create-leads.sql.ts'
import { countOpenWork } from '../leads/hand-over-leads.sql.ts'
import { giveByRules } from './give-leads.ts'
import { handOver as handOverWork } from './hand-over.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const list = route({
  summary: 'Rules that give out leads, in their order',
  response: routingRules,
  handler: ({ app }) => readRouting(app.db),
})

export const change = route({
  summary: 'Change the rules that give out leads, all at once',
  body: routingRulesBody, response: routingRules,
  async handler({ app, body }) {
    await saveRouting(app.db, body)
    return readRouting(app.db)
  },
})

export const tryOut = route({
  summary: 'Who would get this lead now, and why',
  description: 'As if nobody looked after the contact yet. Nothing is written, and no turn is taken.',
  params, response: routingTrial,
  async handler({ app, params: { id } }) {
    const [lead, now] = [await findLead(app.db, id), app.now()]
    if (lead === undefined) throw notFound('lead')
    const asked = { contact_id: lead.contact.id, lead_id: id }
    const rules = await findRoutingRules(app.db)
    const [matched] = await matchConditions(app.db, rules.map(rule => rule.condition), [asked], now)
    const [found] = await routeLeads(app.db, [{ ...asked, wish: 'rules', contact_owner: null }], now, true)
    const { owner_id, assigned_because, try_again_at } = found!
    return {
      owner: owner_id === null ? null : { id: owner_id, name: (await namesOfUsers(app.db, [owner_id])).get(owner_id) ?? '' },
      because: assigned_because, try_again_at: try_again_at?.toISOString() ?? null,
      rules: rules.map((rule, index) => ({ id: rule.id, name: rule.name, applies: matched!.applies.includes(index) })),
    }
  },
})

export const give = route({
  summary: 'Give open leads out by the rules, whoever has them now; `before` undoes it through /leads/changes',
  body: giveLeadsBody, response: changedLeads,
  async handler({ app, body, actor }) {
    const changed = await giveByRules(app, body.ids, { by: actor.kind === 'user' ? `user:${actor.id}` : 'api' })
    const done = new Set(changed.map(lead => lead.id))
    return { changed, passed_over: body.ids.filter(id => !done.has(id)).map(id => ({ id, owner: null })) }
  },
})

export const work = route({
  summary: 'How many open leads, deals and tasks somebody has',
  params, response: openWork,
  handler: ({ app, params: { id } }) => countOpenWork(app.db, id),
})

export const handOver = route({
  summary: 'Hand over the open leads, deals and tasks of somebody, to one person or by the rules',
  description: 'All or nothing. By the rules each contact is given out once, with all that hangs on it; what nobody is free for is nobody\'s.',
  params, body: handoverBody, response: openWork,
  handler: ({ app, params: { id }, body, actor }) => handOverWork(app, id, body, actor.kind === 'user' ? `user:${actor.id}` : 'api'),
})
