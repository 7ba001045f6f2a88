import { type MachineRule, machineRules, type RequestFacts } from './machine-rules.ts'

/** The first rule that fits; null: taken for a person. */
export function detectMachine(facts: RequestFacts): MachineRule | null {
  return machineRules.find(rule => rule.fits(facts)) ?? null
}
