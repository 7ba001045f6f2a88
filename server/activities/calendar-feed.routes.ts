import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { calendarFeed } from '../../shared/activities.ts'
import type { App } from '../base/app.ts'
import { forbidden, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { userOf } from './change-tasks.ts'
import { feedTasks, findFeed, openFeed, removeFeed, writeFeed } from './calendar-feeds.sql.ts'
import { writeCalendar } from './write-calendar.ts'

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
const daysBack = 60
const mostTasks = 3000

async function present(app: App, userId: number) {
  const feed = await findFeed(app.db, userId)
  return { url: feed === undefined ? null : `${app.settings.publicUrl}/ical/${app.sign.decrypt(feed.token)}.ics`, created_at: feed?.created_at.toISOString() ?? null, asked_at: feed?.asked_at?.toISOString() ?? null }
}

function whoIs(actor: Actor): number {
  const id = userOf(actor)
  if (id === null) throw forbidden()
  return id
}

export const show = route({
  summary: 'The secret address under which other calendars read your tasks',
  response: calendarFeed,
  handler: ({ app, actor }) => present(app, whoIs(actor)),
})

export const renew = route({
  summary: 'Make the secret address of your calendar, or another one: the one before stops working',
  response: calendarFeed,
  async handler({ app, actor }) {
    const token = randomBytes(24).toString('base64url')
    await writeFeed(app.db, whoIs(actor), { token: app.sign.encrypt(token), tokenHash: hashOf(token) }, app.now())
    return present(app, whoIs(actor))
  },
})

export const remove = route({
  summary: 'Nobody reads your calendar any more',
  handler: ({ app, actor }) => removeFeed(app.db, whoIs(actor)),
})

export const read = route({
  summary: 'Tasks of a user as a calendar (RFC 5545), by its secret address',
  params: z.object({ token: z.string().max(200) }), page: true,
  async handler({ app, params, reply }) {
    const now = app.now()
    const user = await openFeed(app.db, hashOf(params.token.replace(/\.ics$/, '')), now)
    if (user === undefined) throw notFound('calendar')
    const { time_zone, name } = await readCompany(app.db)
    const tasks = await feedTasks(app.db, user.id, new Date(now.getTime() - daysBack * 86_400_000), mostTasks)
    return reply
      .type('text/calendar; charset=utf-8')
      .header('cache-control', 'private, no-cache')
      .header('x-robots-tag', 'noindex')
      .send(writeCalendar(tasks, { name: `${name}: ${user.name}`, url: app.settings.publicUrl, timeZone: time_zone, language: user.locale }))
  },
})
