import { taskReading, taskReadingBody } from '../../shared/activities.ts'
import { userOf } from '../activities/change-tasks.ts'
import { readTask } from '../activities/read-task.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findPeopleMeant } from './people-meant.sql.ts'

export const read = route({
  summary: 'What a line such as "call Anna tomorrow 3pm" says, before it becomes a task',
  description: 'In English or Russian, by the company\'s clock. Nothing is saved.',
  body: taskReadingBody, response: taskReading,
  async handler({ app, body, actor }) {
    const { names, ...words } = readTask(body.text, app.now(), (await readCompany(app.db)).time_zone)
    return { ...words, contacts: await findPeopleMeant(app.db, names, userOf(actor)) }
  },
})
