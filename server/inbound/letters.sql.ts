import { rows, sql, type Db } from '../base/db.ts'

export type NewLetter = {
  contact_id: number
  direction: 'in' | 'out'
  /** Message-ID without <> */
  mail_key: string
  in_reply_to: string | null
  references: string[]
  from_email: string, from_name: string, subject: string, visible_text: string
  inbound_mail_id: number | null
  /** `in`: the mail of ours that is answered; `out`: the mail it leaves as */
  message_id: number | null
  author_id: number | null
  occurred_at: Date
  /** left out: the conversation is found by what the letter answers, or begun */
  conversation_id?: number
}
export type KeptLetter = { contact_id: number, id: number, conversation_id: number, mail_key: string }

/**
 * Letters in, those that were new out. Each goes to the conversation it answers: that of a letter it refers to, else that
 * about the same mail of ours; else it begins one. A second run keeps nothing. The caller holds the contacts.
 */
export async function keepLetters(tx: Db, letters: NewLetter[]): Promise<KeptLetter[]> {
  if (letters.length === 0) return []
  const known = await findConversations(tx, letters)
  const begun = new Map<string, NewLetter>()
  const place = (letter: NewLetter, index: number): string => known[index] !== null && known[index] !== undefined ? `#${known[index]}` : `${letter.contact_id}:${letter.message_id ?? letter.references[0] ?? letter.mail_key}`
  const fresh = await newKeys(tx, letters)
  for (const [index, letter] of letters.entries()) {
    const key = place(letter, index)
    if (!key.startsWith('#') && fresh.has(`${letter.contact_id}:${letter.mail_key}`) && !begun.has(key)) begun.set(key, letter)
  }
  const ids = begun.size === 0 ? [] : await rows<{ id: number, place: number }>(tx, sql`
    with given as (
      select *
      from unnest(${[...begun.values()].map(letter => letter.contact_id)}::bigint[], ${[...begun.values()].map(letter => letter.subject)}::text[], ${[...begun.values()].map(letter => letter.message_id)}::bigint[], ${[...begun.values()].map(letter => letter.occurred_at)}::timestamptz[])
        with ordinality as given (contact_id, subject, message_id, at, place)
    )
    insert into conversations (contact_id, subject, message_id, started_at, last_at)
    select contact_id, subject, message_id, at, at
    from given
    order by place
    returning id`)
  const conversationOf = new Map([...begun.keys()].map((key, index) => [key, ids[index]!.id]))
  const placed = letters.flatMap((letter, index) => {
    const key = place(letter, index)
    const conversation_id = key.startsWith('#') ? Number(key.slice(1)) : conversationOf.get(key)
    return conversation_id === undefined ? [] : [{ ...letter, conversation_id }]
  })
  return rows<KeptLetter>(tx, sql`
    with kept as (
      insert into letters (contact_id, conversation_id, direction, mail_key, in_reply_to, from_email, from_name, subject, visible_text, inbound_mail_id, message_id, author_id, occurred_at)
      select *
      from unnest(
        ${placed.map(letter => letter.contact_id)}::bigint[], ${placed.map(letter => letter.conversation_id)}::bigint[], ${placed.map(letter => letter.direction)}::text[],
        ${placed.map(letter => letter.mail_key)}::text[], ${placed.map(letter => letter.in_reply_to)}::text[], ${placed.map(letter => letter.from_email)}::text[], ${placed.map(letter => letter.from_name)}::text[],
        ${placed.map(letter => letter.subject)}::text[], ${placed.map(letter => letter.visible_text)}::text[], ${placed.map(letter => letter.inbound_mail_id)}::bigint[], ${placed.map(letter => letter.message_id)}::bigint[],
        ${placed.map(letter => letter.author_id)}::bigint[], ${placed.map(letter => letter.occurred_at)}::timestamptz[])
      on conflict (contact_id, mail_key) do nothing
      returning contact_id, id, conversation_id, mail_key, occurred_at
    ), moved as (
      update conversations
      set last_at = greatest(conversations.last_at, latest.at)
      from (select contact_id, conversation_id, max(occurred_at) as at from kept group by contact_id, conversation_id) as latest
      where conversations.contact_id = latest.contact_id
        and conversations.id = latest.conversation_id
    )
    select contact_id, id, conversation_id, mail_key
    from kept`)
}

/** For each letter, in order, the conversation it belongs to; null: none yet. */
async function findConversations(tx: Db, letters: NewLetter[]): Promise<(number | null)[]> {
  const found = await rows<{ conversation_id: number | null }>(tx, sql`
    select coalesce(given.conversation_id, by_letter.conversation_id, by_mail.id) as conversation_id
    from jsonb_to_recordset(${JSON.stringify(letters.map((letter, place) => ({ place, contact_id: letter.contact_id, message_id: letter.message_id, conversation_id: letter.conversation_id ?? null, refers: [letter.in_reply_to, ...letter.references].filter(Boolean) })))}::jsonb)
      as given (place integer, contact_id bigint, message_id bigint, conversation_id bigint, refers jsonb)
    left join lateral (
      select letters.conversation_id
      from letters
      where letters.contact_id = given.contact_id
        and (letters.mail_key in (select jsonb_array_elements_text(given.refers)) or letters.message_id = given.message_id)
      order by letters.id desc
      limit 1
    ) by_letter on true
    left join lateral (
      select conversations.id
      from conversations
      where conversations.contact_id = given.contact_id
        and conversations.message_id = given.message_id
      order by conversations.id desc
      limit 1
    ) by_mail on true
    order by given.place`)
  return found.map(row => row.conversation_id)
}

async function newKeys(tx: Db, letters: NewLetter[]): Promise<Set<string>> {
  const known = new Set((await rows<{ key: string }>(tx, sql`
    select letters.contact_id || ':' || letters.mail_key as key
    from unnest(${letters.map(letter => letter.contact_id)}::bigint[], ${letters.map(letter => letter.mail_key)}::text[]) as given (contact_id, mail_key)
    join letters on letters.contact_id = given.contact_id and letters.mail_key = given.mail_key`)).map(row => row.key))
  return new Set(letters.map(letter => `${letter.contact_id}:${letter.mail_key}`).filter(key => !known.has(key)))
}

/** Numbers of mails that came in; what is kept of each as a letter. */
export async function lettersFromMails(tx: Db, ids: number[]): Promise<Map<number, { mail_key: string, from_email: string, from_name: string, subject: string, visible_text: string }>> {
  const found = await rows<{ id: number, mail_key: string, from_email: string, from_name: string, subject: string, visible_text: string }>(tx, sql`
    select id, coalesce(mail_key, 'inbound-' || id) as mail_key, coalesce(from_email, '') as from_email, coalesce(from_name, '') as from_name, coalesce(subject, '') as subject, coalesce(visible_text, '') as visible_text
    from inbound_mails
    where id = any(${ids}::bigint[])`)
  return new Map(found.map(mail => [mail.id, mail]))
}

/** A mail from somebody nobody knew has become that of this contact. */
export async function noteContact(tx: Db, mails: { id: number, contact_id: number }[]): Promise<void> {
  await sql`
    update inbound_mails m
    set about_contact_id = given.contact_id
    from unnest(${mails.map(mail => mail.id)}::bigint[], ${mails.map(mail => mail.contact_id)}::bigint[]) as given (id, contact_id)
    where m.id = given.id
      and m.about_contact_id is null`.execute(tx)
}
