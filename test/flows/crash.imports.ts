import { setTimeout as pause } from 'node:timers/promises'
import { createLog } from '../../server/base/log.ts'
import { readSettings } from '../../server/base/settings.ts'
import { runImports } from '../../server/flows/run-imports.ts'
import { createApp } from '../../server/base/create-app.ts'

/** A process that does nothing but import, to be killed. */
const settings = readSettings(process.env)
const app = createApp(settings, process.env['DATABASE_URL']!, createLog('fatal'))
process.stdout.write('importing\n')
for (;;) if (!await runImports(app)) await pause(5)
