import { open } from 'node:fs/promises'
import { inspectMail, type InspectedMail } from '../inbound/inspect-mail.ts'
import { Usage, type Command } from './command.ts'

/** More than any mail that arrives: what is longer is read up to here. */
const mostBytes = 100 * 1024 * 1024

/** One line a file with --json, in the order given; a file that cannot be read gives `{"file", "error"}` and exit code 1. */
export const inspectMails: Command = {
  summary: 'says what mails are taken for: bounce, delay, complaint, auto_reply, unsubscribe or human',
  parameters: '[--json] FILE …',
  options: { json: { type: 'boolean' } },
  takesFiles: true,
  async run(options, files) {
    if (files.length === 0) throw new Usage('A file is needed.')
    let failed = false
    for (const file of files) {
      let line: string
      try {
        const mail = inspectMail(await readMail(file))
        line = options['json'] === true ? JSON.stringify(asJson(file, mail)) : describe(file, mail)
      } catch (error) {
        failed = true
        const message = error instanceof Error ? error.message : String(error)
        line = options['json'] === true ? JSON.stringify({ file, error: message }) : `${file}: ${message}`
      }
      // A reader that is slower than we are (a pipe) is waited for, so that memory stays flat over any number of files.
      if (!process.stdout.write(`${line}\n`)) await new Promise(resolve => process.stdout.once('drain', resolve))
    }
    return failed ? 1 : 0
  },
}

async function readMail(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    if (size <= mostBytes) return await handle.readFile()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function asJson(file: string, mail: InspectedMail): object {
  const { returned, ...rest } = mail
  return { file, ...rest, returned: returned && { message_id: returned.message_id, from: returned.from, to: returned.to, subject: returned.subject, date: returned.date } }
}

function describe(file: string, mail: InspectedMail): string {
  const lines = [`${file}: ${mail.kind} (${mail.rule})`]
  for (const each of mail.recipients) lines.push(`  ${each.address}: ${each.outcome}, ${each.reason}${each.status === null ? '' : `, ${each.status}`}${each.diagnostic === null ? '' : `\n    ${each.diagnostic}`}`)
  for (const each of mail.complaints) lines.push(`  ${each.type}: ${each.recipients.join(', ') || 'nobody is named'}`)
  if (mail.visible_text !== null && mail.visible_text !== '') lines.push(...mail.visible_text.split('\n').map(line => `  ${line}`))
  return lines.join('\n')
}
