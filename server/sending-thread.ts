import { parentPort, workerData } from 'node:worker_threads'
import { createApp } from './base/create-app.ts'
import { createLog } from './base/log.ts'
import type { Settings } from './base/settings.ts'
import { MessageSender } from './delivery/send-messages.ts'
import type { FromThread, ThreadStart } from './delivery/sending-threads.ts'

/**
 * The whole of a sending thread: a sender like that of the process, with connections of its own to the database and to
 * the mail server. It ends by itself when nothing has waited for a while.
 */
const idleMilliseconds = 20_000
const { settings, databaseUrl } = workerData as ThreadStart

const app = createApp({ ...settings, poolSize: 4 } satisfies Settings, databaseUrl, createLog(settings.logLevel))
let counted: FromThread = { mails: {}, lags: [] }
const sender = new MessageSender(app, {
  mail: outcome => { counted.mails[outcome] = (counted.mails[outcome] ?? 0) + 1 },
  lag: (kind, seconds) => { counted.lags.push([kind, seconds]) },
})
const tell = () => {
  parentPort!.postMessage(counted)
  counted = { mails: {}, lags: [] }
}
const telling = setInterval(tell, 1000)

let stopping = false
let wake = (): void => undefined
parentPort!.on('message', () => {
  stopping = true
  wake()
})

let busyAt = Date.now()
while (!stopping && Date.now() - busyAt < idleMilliseconds) {
  const more = await sender.run().catch((error: unknown) => {
    app.log.error({ err: error }, 'a batch of a sending thread failed and will be tried again')
    return false
  })
  if (more) {
    busyAt = Date.now()
    continue
  }
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, 500)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
clearInterval(telling)
await sender.stop()
await app.db.destroy()
tell()
parentPort!.close()
