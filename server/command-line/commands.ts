import type { Command } from './command.ts'

/** Each is loaded when it is asked for, so that what needs no database starts at once. */
export const commands: Record<string, () => Promise<Command>> = {
  'user create': async () => (await import('./create-user.ts')).createUser,
  'api-key create': async () => (await import('./create-api-key.ts')).createApiKey,
  import: async () => (await import('./import-files.ts')).importFiles,
  'rebuild-rollups': async () => (await import('./rebuild-rollups.ts')).rebuildRollupsCommand,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'inspect-mail': async () => (await import('./inspect-mail.ts')).inspectMails,
  'smtp-reply': async () => (await import('./smtp-reply.ts')).smtpReply,
}
