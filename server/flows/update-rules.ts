import type { Importing } from './import-contacts.ts'

/** Whether what stands in a field of a company or deal stays, by the rule of its column. `changedAt`: since when it stands so. */
export function stays({ options, rules }: Importing, column: string, stands: unknown, as_of: Date | null, changedAt: Date): boolean {
  const rule = rules[column] ?? options.update
  if (rule === 'overwrite' || stands === null || stands === undefined) return false
  return rule === 'only_empty' || as_of === null || as_of <= changedAt
}
