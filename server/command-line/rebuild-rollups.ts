import { rebuildRollups } from '../flows/rebuild-rollups.ts'
import { withApp } from './with-app.ts'
import type { Command } from './command.ts'

export const rebuildRollupsCommand: Command = {
  summary: 'makes card features and orders anew from all events; --check only compares',
  parameters: '[--check]',
  options: { check: { type: 'boolean' } },
  run: options => withApp(async app => {
    const check = options['check'] === true
    const result = await rebuildRollups(app, { check })
    for (const { contact_id, kept, found } of result.differences.slice(0, 20)) {
      for (const name of Object.keys(found)) {
        const [was, is] = [JSON.stringify(kept?.[name] ?? null), JSON.stringify(found[name])]
        if (was !== is) console.log(`contact ${contact_id}: ${name} is ${was}, should be ${is}`.slice(0, 400))
      }
    }
    console.log(check
      ? `${result.contacts} contacts looked at, ${result.differing} differ.`
      : `${result.contacts} contacts rebuilt, ${result.differing} were different.`)
    return check && result.differing > 0 ? 1 : 0
  }),
}
