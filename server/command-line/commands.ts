import type { Command } from './command.ts'
import { createApiKey } from './create-api-key.ts'
import { createUser } from './create-user.ts'
import { doctor } from './doctor.ts'
import { importFiles } from './import-files.ts'
import { rebuildRollupsCommand } from './rebuild-rollups.ts'

export const commands: Record<string, Command> = {
  'user create': createUser,
  'api-key create': createApiKey,
  import: importFiles,
  'rebuild-rollups': rebuildRollupsCommand,
  doctor,
}
