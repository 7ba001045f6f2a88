import { role as roleShape } from '../../shared/staff.ts'
import { insertApiKey } from '../staff/staff.sql.ts'
import { needed, Usage, type Command } from './command.ts'
import { withApp } from './with-app.ts'

export const createApiKey: Command = {
  summary: 'makes an API key and prints it as the last word',
  parameters: '--name N [--role R]',
  options: { name: { type: 'string' }, role: { type: 'string' } },
  async run(options) {
    const name = needed(options, 'name').trim().slice(0, 200)
    const role = roleShape.safeParse(options['role'] ?? 'administrator')
    if (!role.success) throw new Usage(`--role: one of ${roleShape.options.join(', ')}`)
    await withApp(async app => {
      const { key } = await insertApiKey(app.db, { name, role: role.data, createdBy: null })
      console.log(`API key "${name}" (${role.data}), shown this once: ${key}`)
    })
  },
}
