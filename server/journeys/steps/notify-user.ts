import { notifyUsers } from '../../activities/notify-users.sql.ts'
import { chooseUsers } from './choose-user.ts'
import type { AdvanceStep } from './step.ts'

export const notifyUser: AdvanceStep<'notify_user'> = async (people, { db, now }) => {
  const users = await chooseUsers(db, people.map(({ walker, step }) => ({ walker, user: step.user })))
  await notifyUsers(db, people.flatMap(({ walker, step }, index) => {
    const { user_id, contact_name } = users[index]!
    return user_id === null ? [] : [{ user_id, title: step.text, body: contact_name, link: `/contacts/${walker.contact_id}`, source_key: `journey:${walker.id}:${walker.step_key}:${walker.visit}` }]
  }), now)
  return people.map((_, index) => users[index]!.user_id === null
    ? { kind: 'fail', reason: 'user_gone' }
    : { kind: 'go', outlet: 'next', outcome: 'next' })
}
