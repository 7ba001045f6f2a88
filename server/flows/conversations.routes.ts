import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { conversation, letterBody } from '../../shared/inbound.ts'
import type { Conversation } from '../../shared/inbound.ts'
import { finishTasks } from '../activities/open-tasks.sql.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route, type Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { makeMessageId } from '../delivery/message-ids.ts'
import { smtpAddress } from '../delivery/smtp-address.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { type ConversationRow, findConversation, type LetterRow, lettersOf, listConversations } from '../inbound/conversations.sql.ts'
import { keepLetters } from '../inbound/letters.sql.ts'
import { noteAnswers } from '../leads/reaction.sql.ts'
import { messageByKey, queueMessages } from '../messages/queue-messages.sql.ts'
import { letterVersion } from './letter-template.ts'

const ofContact = z.object({ id: z.coerce.number().int().positive() })
const ofConversation = z.object({ id: z.coerce.number().int().positive(), conversation_id: z.coerce.number().int().positive() })
const mostQuoted = 20_000

const present = (row: ConversationRow, letters: LetterRow[]): Conversation => ({
  id: row.id, subject: row.subject, mail: row.mail, started_at: row.started_at.toISOString(), last_at: row.last_at.toISOString(),
  letters: letters.filter(letter => letter.conversation_id === row.id).map(letter => ({
    id: letter.id, direction: letter.direction, from: { email: letter.from_email, name: letter.from_name }, subject: letter.subject, text: letter.visible_text, inbound_mail_id: letter.inbound_mail_id,
    author: letter.author, state: letter.state, reason: letter.reason, occurred_at: letter.occurred_at.toISOString(),
  })),
})

export const ofOne = route({
  summary: "A contact's conversations with the company, the latest first, with their letters",
  params: ofContact, query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(500).optional() }),
  response: z.object({ data: z.array(conversation), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const found = await listConversations(app.db, params.id, key && [String(key[0]), Number(key[1])], query.limit + 1)
    const page = found.slice(0, query.limit)
    const letters = await lettersOf(app.db, params.id, page.map(row => row.id))
    const last = page.at(-1)
    return { data: page.map(row => present(row, letters)), next_cursor: found.length > query.limit && last ? writeCursor([last.cursor_at, last.id]) : null }
  },
})

export const answer = route({
  summary: 'Answer in a conversation',
  description: 'Leaves as a transactional mail of the company, in the same thread, to whoever wrote last; their next answer comes back into the conversation. Open tasks of the conversation are done. The same `key` again sends nothing more.',
  params: ofConversation, body: letterBody, response: conversation, status: 201,
  async handler({ app, params, body, actor }) {
    await withTransaction(app.db, tx => writeLetter(tx, app, params, body, actor))
    const [row] = (await listConversations(app.db, params.id, undefined, 100)).filter(each => each.id === params.conversation_id)
    if (row === undefined) throw notFound('conversation')
    return present(row, await lettersOf(app.db, params.id, [row.id]))
  },
})

async function writeLetter(tx: Db, app: App, { id, conversation_id }: { id: number, conversation_id: number }, body: z.infer<typeof letterBody>, actor: Actor): Promise<void> {
  const now = app.now()
  if (!(await lockContacts(tx, [id])).has(id)) throw notFound('contact')
  const found = await findConversation(tx, id, conversation_id)
  if (found === undefined) throw notFound('conversation')
  const letters = await lettersOf(tx, id, [conversation_id])
  const answered = letters.findLast(letter => letter.direction === 'in')
  const to = answered === undefined ? null : smtpAddress(answered.from_email)
  if (answered === undefined || to === null) throw conflict('nothing_to_answer', 'Nobody has written in this conversation yet, so there is nothing to answer.')
  const company = await readCompany(tx)
  const dedup_key = `letter:${conversation_id}:${body.key ?? randomUUID()}`
  const subject = /^\s*(re|отв|aw|sv)\s*(\[\d+\])?:/i.test(answered.subject) ? answered.subject : `Re: ${answered.subject || found.subject}`.trim()
  const queued = await queueMessages(tx, [{
    contact_id: id, kind: 'transactional', template_version_id: await letterVersion(tx, company, now), dedup_key,
    context: {
      answer_to: answered.from_email,
      letter: {
        subject, lines: linesOf(body.text), in_reply_to: answered.mail_key, references: letters.slice(-30).map(letter => letter.mail_key),
        quote: body.quote ? linesOf(answered.visible_text.slice(0, mostQuoted)).map(line => `> ${line}`) : [], quote_head: quoteHead(answered, company.language, company.time_zone),
      },
    },
  }], now)
  if (queued === 0) return
  const message_id = (await messageByKey(tx, id, dedup_key))!
  await keepLetters(tx, [{
    contact_id: id, conversation_id, direction: 'out', mail_key: makeMessageId(app.sign, { contact_id: id, message_id }, smtpAddress(company.sender_email)?.domain ?? 'localhost'),
    in_reply_to: answered.mail_key, references: [], from_email: company.sender_email, from_name: company.sender_name, subject, visible_text: body.text,
    inbound_mail_id: null, message_id, author_id: actor.kind === 'user' ? actor.id : null, occurred_at: now,
  }])
  if (actor.kind === 'user') await noteAnswers(tx, [{ contact_id: id, at: now, by: 'mail', user_id: actor.id }])
  const by = actor.kind === 'user' ? `user:${actor.id}` : 'api'
  const done = await finishTasks(tx, id, `conversation:${conversation_id}`, now)
  await appendEvents(tx, done.map(task => ({ type: 'task.done', contact: { id }, occurred_at: now, properties: { task_id: task.id, title: task.title, by }, source: by })), now)
  await touchAll(tx, [`contact:${id}`, 'tasks', 'conversations', 'leads'])
}

const linesOf = (text: string): string[] => text.replace(/\r\n?/g, '\n').split('\n')

function quoteHead(letter: LetterRow, language: 'en' | 'ru', timeZone: string): string {
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(letter.occurred_at)
  const who = letter.from_name === '' ? letter.from_email : `${letter.from_name} <${letter.from_email}>`
  return language === 'ru' ? `${when}, ${who} пишет:` : `On ${when}, ${who} wrote:`
}
