import { setTimeout as pause } from 'node:timers/promises'
import { createLog } from '../../server/base/log.ts'
import { readSettings } from '../../server/base/settings.ts'
import { advanceJourneys } from '../../server/flows/advance-journeys.ts'
import { createApp } from '../../server/start.ts'

/** A process that does nothing but move journeys on, to be killed. */
const settings = readSettings(process.env)
const app = createApp(settings, process.env['DATABASE_URL']!, createLog('fatal'))
process.stdout.write('moving\n')
for (;;) if (!await advanceJourneys(app)) await pause(5)
