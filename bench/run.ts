/** `npm run bench -- events [options]`: runs bench/events.ts and so on; without a name, says which there are. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

const notBenches = new Set(['run', 'database', 'seed', 'measure', 'smtp-sink', 'smtp-source', 'program'])
const [name, ...rest] = process.argv.slice(2)
const file = path.join(import.meta.dirname, `${name}.ts`)
if (name === undefined || notBenches.has(name) || !existsSync(file)) {
  const names = readdirSync(import.meta.dirname).filter(each => each.endsWith('.ts')).map(each => each.slice(0, -3)).filter(each => !notBenches.has(each))
  console.log(`Say which: ${names.map(each => `npm run bench -- ${each}`).join('; ')}`)
  process.exit(name === undefined ? 0 : 2)
}
const { run } = await import(file) as { run: (args: string[]) => Promise<void> }
await run(rest)
process.exit(0)
