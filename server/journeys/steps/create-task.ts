import { durationMilliseconds } from '../../../shared/conditions.ts'
import { createTasks } from '../../activities/create-tasks.sql.ts'
import { chooseUsers } from './choose-user.ts'
import type { AdvanceStep } from './step.ts'

export const createTask: AdvanceStep<'create_task'> = async (people, { db, now }) => {
  const users = await chooseUsers(db, people.map(({ walker, step }) => ({ walker, user: step.assignee })))
  await createTasks(db, people.map(({ walker, step }, index) => ({
    contact_id: walker.contact_id,
    title: step.title,
    due_at: step.due_in === null ? null : new Date(now.getTime() + durationMilliseconds(step.due_in)),
    owner_id: users[index]!.user_id,
    source: `journey:${walker.journey_id}`,
    source_key: `${walker.id}:${walker.step_key}:${walker.visit}`,
  })), now)
  return people.map(() => ({ kind: 'go', outlet: 'next', outcome: 'next' }))
}
