import { reactionRules } from '../../shared/reactions.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readReactionRules, writeReactionRules } from './reaction.sql.ts'

export const settings = route({
  summary: 'Within how much working time leads shall be answered, and what happens when they are not',
  response: reactionRules,
  handler: ({ app }) => readReactionRules(app.db),
})

export const changeSettings = route({
  summary: 'Change within how much working time leads shall be answered',
  description: 'Due times of leads that wait are made anew within a minute; those of answered ones stay.',
  body: reactionRules, response: reactionRules,
  async handler({ app, body }) {
    await writeReactionRules(app.db, body)
    await touch(app.db, 'lead-settings')
    return readReactionRules(app.db)
  },
})
