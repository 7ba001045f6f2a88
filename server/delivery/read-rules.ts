import { defaultRules, type SendingRules, sendingRules } from '../../shared/sending-rules.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { countReturns } from '../messages/find-waits.sql.ts'
import { startOfDay } from './senders.sql.ts'

/** `raised_on`: the day, as it begins in the company's zone, of which `volume` is. */
export type WarmUpState = { day: number, volume: number, raised_on: string, held_back: boolean }

export async function readRules(db: Db): Promise<SendingRules> {
  const kept = sendingRules.safeParse(await readSetting(db, 'sending_rules') ?? {})
  return kept.success ? kept.data : defaultRules
}

export const writeRules = (db: Db, rules: SendingRules): Promise<void> => writeSetting(db, 'sending_rules', rules)

const mostReturned = 0.03

/**
 * Today's volume of the warm-up for each provider; null: no warm-up, or it is done. On a new day it is raised, unless
 * more than 3 % of what left since the last raise came back.
 */
export async function warmUpToday(db: Db, rules: SendingRules, now: Date): Promise<WarmUpState | null> {
  if (!rules.warm_up) return null
  const today = await startOfDay(db, now)
  const state = await readSetting<WarmUpState | null>(db, 'warm_up_state') ?? null
  if (state?.raised_on === today.toISOString()) return state
  const { first_day, growth_percent, until } = rules.warm_up
  let next: WarmUpState = { day: 1, volume: first_day, raised_on: today.toISOString(), held_back: false }
  if (state) {
    const { sent, returned } = await countReturns(db, new Date(state.raised_on), today)
    const heldBack = sent > 0 && returned / sent > mostReturned
    next = { day: state.day + 1, volume: heldBack || sent === 0 ? state.volume : Math.min(until, Math.ceil(state.volume * (1 + growth_percent / 100))), raised_on: today.toISOString(), held_back: heldBack }
  }
  await writeSetting(db, 'warm_up_state', next)
  return next
}

export const isWarm = (rules: SendingRules, state: WarmUpState | null): boolean => rules.warm_up === null || state === null || state.volume >= rules.warm_up.until

/** A plan that was changed or switched off begins anew. */
export const forgetWarmUp = (app: App): Promise<void> => writeSetting(app.db, 'warm_up_state', null)
