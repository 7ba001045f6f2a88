import { setTimeout as pause } from 'node:timers/promises'
import { createLog } from '../../server/base/log.ts'
import { readSettings } from '../../server/base/settings.ts'
import { advanceJourneys } from '../../server/flows/advance-journeys.ts'
import { processEvents } from '../../server/flows/process-events.ts'
import { watchJourneys } from '../../server/flows/watch-journeys.ts'
import { createApp } from '../../server/base/create-app.ts'

/** A process that does nothing but process events and move journeys on, to be killed. */
const settings = readSettings(process.env)
const app = createApp(settings, process.env['DATABASE_URL']!, createLog('fatal'))
process.stdout.write('moving\n')
for (;;) {
  const [events, moved] = [await processEvents(app), await advanceJourneys(app)]
  await watchJourneys(app)
  if (!events && !moved) await pause(5)
}
