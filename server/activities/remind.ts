import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { notifyUsers } from './notify-users.sql.ts'
import { takeReminders } from './write-tasks.sql.ts'

const atOnce = 200

/** The loop: whoever a task is of hears of it when they asked to. Taken and told in one transaction: once, through crashes. */
export async function remindOfTasks(app: App): Promise<boolean> {
  const now = app.now()
  return withTransaction(app.db, async tx => {
    const come = await takeReminders(tx, atOnce, now)
    if (come.length === 0) return false
    const { language, time_zone } = await readCompany(tx)
    const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: time_zone })
    const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: time_zone })
    await notifyUsers(tx, come.filter(task => task.owner_id !== null).map(task => ({
      user_id: task.owner_id, title: task.title, body: task.due_at === null ? '' : (task.all_day ? day : clock).format(task.due_at), link: task.contact_id === null ? `/day?task=${task.id}` : `/contacts/${task.contact_id}`,
    })), now)
    return come.length === atOnce
  })
}
