import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import nodemailer from 'nodemailer'
import type { App } from '../server/base/app.ts'
import { one, rows, sql } from '../server/base/db.ts'
import { checkNextMails } from '../server/campaigns/check-mails.ts'
import { startCheck } from '../server/campaigns/mail-checks.sql.ts'
import { runCampaigns } from '../server/campaigns/run-campaigns.ts'
import { sendCampaign } from '../server/campaigns/send-campaign.ts'
import { insertCampaign } from '../server/campaigns/campaigns.sql.ts'
import { writeCompany } from '../server/company/company.sql.ts'
import { deleteSendingDomain, insertSendingDomain } from '../server/delivery/sending-domains.sql.ts'
import { sendMessages, stopSending } from '../server/delivery/send-messages.ts'
import { makeKeyPair } from '../server/delivery/sign-dkim.ts'
import { queueMessages } from '../server/messages/queue-messages.sql.ts'
import { renderMail } from '../server/templates/render-mail.ts'
import { insertTemplate } from '../server/templates/templates.sql.ts'
import { isUnderWay } from '../server/messages/plan-messages.sql.ts'
import { loadMailData } from '../server/tracking/load-mail-data.ts'
import type { MailDocument } from '../shared/templates.ts'
import { benchApp } from './database.ts'
import { smtpSource } from './smtp-source.ts'
import { cpuSeconds, machine, milliseconds, percentile, perSecond, seconds } from './measure.ts'

/**
 * A campaign from the queue to the written outcome: claim, decide, load the people, render, sign, send, ledger and events,
 * against pooled nodemailer that is given finished mails and does nothing else. The mail: about 19 KB, ten counted links,
 * personal fields. The mail server takes everything and runs in a process of its own. Four times a second a receipt is queued
 * beside the campaign: how long until it is known to have left? Options: --mails 10000 --connections 20 --only signed|unsigned
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { mails: { type: 'string', default: '10000' }, connections: { type: 'string', default: '20' }, nodemailer: { type: 'string', default: '1500' }, rounds: { type: 'string', default: '2' }, only: { type: 'string' } } })
  const mails = Number(values.mails)
  const ways = [false, true].filter(signed => values.only === undefined || values.only === (signed ? 'signed' : 'unsigned'))
  const sink = spawn(process.execPath, [path.join(import.meta.dirname, 'smtp-sink.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = Number(String((await once(sink.stdout!, 'data'))[0]).trim())
  const { app, postmaster, stop } = await benchApp({ SMTP_URL: `smtp://127.0.0.1:${port}?tls=none&connections=${values.connections}` })
  try {
    console.log(machine())
    const base = await seed(app, mails)
    const { privateKey, publicKey } = await makeKeyPair()
    const figures: Record<string, number> = {}
    // In turns, so that a load that comes and goes weighs on both.
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const signed of ways) {
        const domain = signed ? await insertSendingDomain(app.db, { domain: 'shop.example', selector: 'bench', privateKey: app.sign.encrypt(privateKey), publicKey, second: null }, new Date()) : undefined
        // Senders look at their settings every three seconds.
        await sleep(3_100)
        await sendMessages(app)
        const id = await lookedAt(app, base, mails)
        const before = process.cpuUsage()
        const allBefore = cpuSeconds(postmaster)
        const { planning, took, memory, receipts } = await campaign(app, id, base, mails)
        const own = process.cpuUsage(before)
        const all = cpuSeconds(postmaster)
        const name = signed ? 'signed' : 'unsigned'
        figures[`otklik ${name}`] = Math.max(figures[`otklik ${name}`] ?? 0, mails / took)
        console.log(`otklik, ${name}: ${mails.toLocaleString('en')} mails in ${took.toFixed(1)} s, ${perSecond(mails, took)}; ${microseconds(own, mails)} of the processor a mail${all === null || allBefore === null ? '' : `, with the database ${Math.round((all - allBefore) / mails * 1e6)} µs`}; planned in ${planning.toFixed(1)} s; memory ${memory} MB at most; a receipt beside it leaves after ${milliseconds(percentile(receipts, 0.5))}, ${milliseconds(percentile(receipts, 0.99))} (p50, p99 of ${receipts.length})`)
        if (domain) await deleteSendingDomain(app.db, domain.id)
        const count = Number(values.nodemailer)
        const otherBefore = process.cpuUsage()
        const other = await pooledNodemailer(app, base, port, count, Number(values.connections), signed ? privateKey : null)
        figures[`nodemailer ${name}`] = Math.max(figures[`nodemailer ${name}`] ?? 0, count / other)
        console.log(`pooled nodemailer, ${name}: ${perSecond(count, other)}; ${microseconds(process.cpuUsage(otherBefore), count)} a mail`)
      }
    }
    const source = smtpSource(port, Math.min(mails, 10_000), Number(values.connections), 19_000)
    console.log(source === null ? "Postfix's smtp-source is not there" : `Postfix's smtp-source, the same bytes again and again: ${Math.round(source).toLocaleString('en')}/s`)
    for (const name of ways.map(signed => signed ? 'signed' : 'unsigned')) console.log(`${name}: ${(figures[`otklik ${name}`]! / figures[`nodemailer ${name}`]!).toFixed(1)} × nodemailer (the better of the rounds each)${source === null ? '' : `, ${(figures[`otklik ${name}`]! / source).toFixed(2)} × smtp-source`}`)
    console.log(machine())
  } finally {
    await stopSending(app)
    await stop()
    sink.kill()
  }
}

/** On a busy machine this says more than the time that went by. */
const microseconds = (usage: NodeJS.CpuUsage, mails: number): string => `${Math.round((usage.user + usage.system) / mails)} µs`

type Base = { template: number, version: number, receiptVersion: number, segment: number, topic: number, contacts: number[] }

async function seed(app: App, people: number): Promise<Base> {
  await writeCompany(app.db, { name: 'Bench shop', sender_name: 'Bench shop', sender_email: 'news@shop.example', language: 'en' })
  const topic = (await one<{ id: number }>(app.db, sql`insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') returning id`)).id
  const contacts = (await rows<{ id: number }>(app.db, sql`
    with made as (
      insert into contacts (email, first_name, city)
      select 'person' || n || '@example.org', 'Person' || n, 'City' || n % 100 from generate_series(1, ${people}::integer) as n
      returning id, email
    ), named as (
      insert into contact_identities (kind, value, contact_id) select 'email', email, id from made
    ), agreed as (
      insert into consent_states (contact_id, topic_id, status, since) select id, ${topic}::bigint, 'granted', now() from made
    )
    select id from made order by id`)).map(row => row.id)
  const segment = (await one<{ id: number }>(app.db, sql`insert into segments (name, condition, state) values ('Everyone', '{"all": []}', 'live') returning id`)).id
  await sql`insert into segment_memberships (contact_id, segment_id, entered_at) select unnest(${contacts}::bigint[]), ${segment}::bigint, now()`.execute(app.db)
  const document = { format: 1, theme: { accent: '#1c7ed6', background: '#ffffff', font: 'sans' }, locales: { en: { subject: 'News for {{ contact.first_name | default: "you" }}', preheader: '', html: html() } } } satisfies MailDocument
  const template = await insertTemplate(app.db, { name: 'Bench', kind: 'marketing', created_by: null, document }, new Date())
  const receipt = await insertTemplate(app.db, { name: 'Receipt', kind: 'transactional', created_by: null, document }, new Date())
  const versionOf = async (id: number) => (await one<{ version_id: number }>(app.db, sql`select version_id from templates where id = ${id}`)).version_id
  await sql`analyze`.execute(app.db)
  return { template, version: await versionOf(template), receiptVersion: await versionOf(receipt), segment, topic, contacts }
}

/** About 17 KB before links are signed. */
function html(): string {
  const product = (number: number) => `<tr><td style="padding:16px 24px;border-bottom:1px solid #e3e6e4"><h2 style="margin:0 0 8px;font:600 18px/1.3 Arial,sans-serif;color:#1d2320">Offer number ${number} for {{ contact.first_name | default: "you" }}</h2><p style="margin:0 0 12px;font:400 15px/1.6 Arial,sans-serif;color:#4c5451">${'A paragraph of ordinary words about something that one may buy, or may not. '.repeat(13)}</p><a href="https://shop.example/offers/${number}?utm_source=news&amp;utm_campaign=bench" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#0c7f69;color:#ffffff;font:600 15px/1 Arial,sans-serif;text-decoration:none">Look at it</a></td></tr>`
  return `<!doctype html><html><head><meta charset="utf-8"><title>News</title></head><body style="margin:0;background:#f7f8f7"><table role="presentation" width="600" align="center" cellpadding="0" cellspacing="0" style="background:#ffffff"><tr><td style="padding:24px"><p style="font:400 16px/1.6 Arial,sans-serif">Hello {{ contact.first_name | default: "friend" }}, here is what is new in {{ contact.city | default: "town" }}.</p></td></tr>${Array.from({ length: 10 }, (_, index) => product(index + 1)).join('')}</table></body></html>`
}

/** A campaign all of whose mails have been looked at, as they are when its page is open. Says what that cost. */
async function lookedAt(app: App, base: Base, mails: number): Promise<number> {
  const id = await insertCampaign(app.db, { name: 'Bench', template_id: base.template, segment_id: base.segment, topic_id: base.topic, created_by: null }, new Date())
  const began = performance.now()
  const before = process.cpuUsage()
  await startCheck(app.db, id, false, new Date())
  while (await checkNextMails(app));
  console.log(`looked at ${mails.toLocaleString('en')} mails in ${seconds(began).toFixed(1)} s; ${microseconds(process.cpuUsage(before), mails)} of the processor a mail`)
  return id
}

/** From the press of the button to the last outcome in the ledger. */
async function campaign(app: App, id: number, base: Base, mails: number): Promise<{ planning: number, took: number, memory: number, receipts: number[] }> {
  const began = performance.now()
  await sendCampaign(app, id, null)
  let memory = 0
  const watching = setInterval(() => { memory = Math.max(memory, Math.round(process.memoryUsage.rss() / 1e6)) }, 100)
  const beside = receiptsBeside(app, base)
  // As in the program: the first part of the plan is sent while the next is made.
  let planning = 0
  const planned = (async () => {
    while (await runCampaigns(app));
    planning = seconds(began)
  })()
  // The threads that help have theirs under way still when this one is through.
  while (await sendMessages(app) || planning === 0 || await isUnderWay(app.db, id));
  await planned
  const receipts = await beside.stop()
  const took = seconds(began)
  clearInterval(watching)
  const { sent } = await one<{ sent: number }>(app.db, sql`select count(*) as sent from messages where campaign_id = ${id} and state = 'sent'`)
  if (sent !== mails) throw new Error(`${sent} of ${mails} were sent`)
  return { planning, took, memory, receipts }
}

/** Milliseconds from the queue until the answer of the mail server is written. */
function receiptsBeside(app: App, base: Base): { stop: () => Promise<number[]> } {
  const run = Date.now()
  let queued = 0
  const queueing = setInterval(() => {
    queued++
    void queueMessages(app.db, [{ contact_id: base.contacts[queued % base.contacts.length]!, kind: 'transactional', dedup_key: `${run} ${queued}`, template_version_id: base.receiptVersion }], new Date())
  }, 250)
  return {
    async stop() {
      clearInterval(queueing)
      const sent = await rows<{ took: number }>(app.db, sql`
        select extract(epoch from sent_at - queued_at) * 1000 as took
        from messages where kind = 'transactional' and state = 'sent' and dedup_key like ${`${run} %`} order by took`)
      return sent.map(({ took }) => Number(took))
    },
  }
}

async function pooledNodemailer(app: App, base: Base, port: number, mails: number, connections: number, key: string | null): Promise<number> {
  const people = base.contacts.slice(0, mails)
  const loaded = await loadMailData(app, app.db, people.map((contact_id, index) => ({ contact_id, id: index + 1, kind: 'campaign', template_version_id: base.version, context: {} })))
  const ready = loaded.map(data => ({ ...renderMail(data!.compiled, data!), to: data!.to_email!, unsubscribe: data!.unsubscribe_url }))
  const transport = nodemailer.createTransport({
    host: '127.0.0.1', port, pool: true, maxConnections: connections, maxMessages: Infinity, secure: false, ignoreTLS: true,
    ...(key === null ? {} : { dkim: { domainName: 'shop.example', keySelector: 'bench', privateKey: key } }),
  })
  const began = performance.now()
  await Promise.all(ready.map(mail => transport.sendMail({ from: 'Bench shop <news@shop.example>', to: mail.to, subject: mail.subject, text: mail.text, html: mail.html, list: { unsubscribe: mail.unsubscribe } })))
  const took = seconds(began)
  transport.close()
  return took
}
