import { z } from 'zod'
import { alertKind, alertPage, alertSettings, alertSettingsView, changeAlertSettingsBody, testAlertBody } from '../../shared/alerts.ts'
import type { App } from '../base/app.ts'
import { badAddress } from '../base/call-outside.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readAlertSettings, writeAlertSettings } from './alert-settings.ts'
import { insertTest, listAlertPeople, listAlerts } from './alerts.sql.ts'
import { tell } from './raise-alert.ts'

export const list = route({
  summary: 'What went wrong, the latest first, with whom it was told to and whether that arrived',
  query: z.object({ open: z.stringbool().default(false).describe('only what still is so'), cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(20) }),
  response: alertPage,
  async handler({ app, query }) {
    const found = await listAlerts(app.db, { open: query.open, before: readIdCursor(query.cursor), limit: query.limit + 1 })
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const showSettings = route({
  summary: 'Who is told of what, and by which ways',
  response: alertSettingsView,
  handler: ({ app }) => present(app),
})

export const changeSettings = route({
  summary: 'Change who is told of what; kinds that are left out stay as they are',
  body: changeAlertSettingsBody, response: alertSettingsView,
  async handler({ app, body }) {
    if (body.webhook_url && badAddress(body.webhook_url) !== null) throw invalid([{ field: 'webhook_url', message: 'an address beginning with http:// or https://, without a password in it' }])
    const [before, people] = [await readAlertSettings(app.db), new Set((await listAlertPeople(app.db)).map(person => person.id))]
    for (const [kind, rule] of Object.entries(body.kinds ?? {})) {
      if (rule !== undefined && rule.people !== 'administrators' && rule.people.some(id => !people.has(id))) throw invalid([{ field: `kinds.${kind}.people`, message: 'there is no such member of staff' }])
    }
    await writeAlertSettings(app.db, alertSettings.parse({ kinds: { ...before.kinds, ...body.kinds }, webhook_url: body.webhook_url ?? before.webhook_url }))
    return present(app)
  },
})

export const test = route({
  summary: 'Tell a test alert to the people and by the ways of a kind; the list of alerts says what came of it',
  body: testAlertBody, response: z.object({ id: z.number().int(), kind: alertKind }), status: 202,
  async handler({ app, body }) {
    return withTransaction(app.db, async tx => {
      const alert = await insertTest(tx, { kind: body.kind, thing: 'test', link: '/settings/alerts', title: words.title, body: words.body }, app.now())
      await tell(tx, alert, 'test', app.now())
      const [made] = await listAlerts(tx, { open: false, before: undefined, limit: 1 })
      if (made?.deliveries.length === 0) throw conflict('nobody_to_tell', 'Nobody would hear of this: choose people, and a way.')
      await touch(tx, 'alerts')
      return { id: alert.id, kind: body.kind }
    })
  },
})

const words = {
  title: { en: 'A test alert', ru: 'Проверка оповещений' },
  body: { en: 'Nothing is wrong. Somebody wanted to see whether alerts arrive: they do.', ru: 'Всё в порядке. Кто-то проверял, доходят ли оповещения: доходят.' },
}

async function present(app: App): Promise<z.infer<typeof alertSettingsView>> {
  return { ...await readAlertSettings(app.db), people: (await listAlertPeople(app.db)).map(({ locale: _, ...person }) => person) }
}
