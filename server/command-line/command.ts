import type { ParseArgsConfig } from 'node:util'

/** Said wrongly: the usage is shown and the exit code is 2. */
export class Usage extends Error {}

export type Command = {
  summary: string
  /** as shown in the usage */
  parameters: string
  options: NonNullable<ParseArgsConfig['options']>
  takesFiles?: boolean
  /** Returns the exit code, 0 when nothing. */
  run: (options: Record<string, string | boolean | string[] | undefined>, files: string[]) => Promise<number | void>
}

/** The text of an option. Throws Usage when it is not given. */
export function needed(options: Record<string, string | boolean | string[] | undefined>, name: string): string {
  const value = options[name]
  if (typeof value !== 'string' || value.trim() === '') throw new Usage(`--${name} is needed.`)
  return value
}
