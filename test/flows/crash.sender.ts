import { createLog } from '../../server/base/log.ts'
import { readSettings } from '../../server/base/settings.ts'
import { sendMessages, senderOfApp } from '../../server/delivery/send-messages.ts'
import { createApp } from '../../server/base/create-app.ts'

// A real sender process: sends until it is killed.
const settings = readSettings(process.env)
const app = createApp(settings, settings.databaseUrl!, createLog('error'))
console.log(`started ${senderOfApp(app).name}`)
for (;;) {
  const more = await sendMessages(app).catch(error => { console.error(error); return false })
  if (!more) await new Promise(resolve => setTimeout(resolve, 50))
}
