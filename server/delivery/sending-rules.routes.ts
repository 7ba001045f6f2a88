import { z } from 'zod'
import { changeRulesBody, sendingRulesView, type SendingRulesView } from '../../shared/sending-rules.ts'
import { settleAlerts } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { invalid } from '../base/errors.ts'
import { notify } from '../base/live.ts'
import { route } from '../base/route.ts'
import { countByProvider } from '../messages/find-waits.sql.ts'
import { readBudgets } from './budgets.sql.ts'
import { providerThing } from './lanes.ts'
import { listLanes, releaseLane } from './lanes.sql.ts'
import { forgetWarmUp, isWarm, readRules, warmUpToday, writeRules } from './read-rules.ts'
import { startOfDay } from './senders.sql.ts'

async function present(app: App): Promise<SendingRulesView> {
  const now = app.now()
  const rules = await readRules(app.db)
  const [lanes, counts, state, dayStart] = await Promise.all([listLanes(app.db), countByProvider(app.db, now), warmUpToday(app.db, rules, now), startOfDay(app.db, now)])
  const used = await readBudgets(app.db, 'warm_up:', dayStart, now)
  const providers = [...new Set([...rules.providers.map(each => each.provider), ...lanes.map(each => each.provider), ...counts.map(each => each.provider)])]
  return {
    ...rules,
    warm_up_state: state && { day: state.day, volume: state.volume, done: isWarm(rules, state), held_back: state.held_back },
    states: providers.map(provider => {
      const lane = lanes.find(each => each.provider === provider)
      const count = counts.find(each => each.provider === provider)
      const held = lane?.held_until != null && lane.held_until > now
      return {
        provider, slow: lane?.slow ?? 0, held_until: held ? lane.held_until!.toISOString() : null, held_reason: lane?.held_reason ?? null, held_detail: lane?.held_detail ?? null,
        waiting: count?.waiting ?? 0, sent_last_hour: count?.sent ?? 0, used_today: used.get(`warm_up:${provider}`)?.day ?? 0,
      }
    }),
  }
}

export const show = route({
  summary: 'When marketing mails may leave: caps, quiet hours, best hour, receiving providers, warm-up',
  response: sendingRulesView,
  handler: ({ app }) => present(app),
})

export const change = route({
  summary: 'Change the rules of sending',
  description: 'What is left out stays. Transactional mails are exempt from all of it. What waits already is decided anew when its moment comes.',
  body: changeRulesBody, response: sendingRulesView,
  async handler({ app, body }) {
    const before = await readRules(app.db)
    const names = body.providers?.map(each => each.provider) ?? []
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
    if (twice !== -1) throw invalid([{ field: `providers.${twice}.provider`, message: 'stands there twice' }])
    await writeRules(app.db, { ...before, ...Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) })
    if (body.warm_up !== undefined && JSON.stringify(body.warm_up) !== JSON.stringify(before.warm_up)) await forgetWarmUp(app)
    await notify(app.db, 'messages')
    return present(app)
  },
})

export const release = route({
  summary: 'Let mails to a receiving provider go on at once and at full pace',
  params: z.object({ provider: z.string().max(255) }), response: sendingRulesView,
  async handler({ app, params }) {
    await releaseLane(app.db, params.provider, app.now())
    await settleAlerts(app.db, 'provider', { things: [providerThing(params.provider)] }, app.now())
    await notify(app.db, 'messages')
    return present(app)
  },
})
