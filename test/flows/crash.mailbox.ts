import { createApp } from '../../server/base/create-app.ts'
import { createLog } from '../../server/base/log.ts'
import { readSettings } from '../../server/base/settings.ts'
import { startMailServer } from '../../server/inbound/mail-server.ts'
import { watchMailboxes } from '../../server/inbound/watch-mailboxes.ts'

// A real process with the mailbox role: takes mail in by SMTP and reads mailboxes until it is killed.
const settings = readSettings(process.env)
const app = createApp(settings, settings.databaseUrl!, createLog('fatal'))
const server = (await startMailServer(app))!
console.log(`port ${server.port}`)
for (;;) {
  const more = await watchMailboxes(app).catch(error => { console.error(error); return false })
  if (!more) await new Promise(resolve => setTimeout(resolve, 50))
}
