import type { EngagementSettings } from '../../shared/features.ts'
import { usualEngagement } from '../../shared/features.ts'
import type { Db } from '../base/db.ts'
import { readSetting } from '../company/company.sql.ts'

const day = 86_400_000

/** The weights of acts and the half-life of the engagement score as the company has set them. */
export async function readEngagement(db: Db): Promise<EngagementSettings> {
  return await readSetting<EngagementSettings>(db, 'engagement') ?? usualEngagement
}

/**
 * The score is score(t) = Σ weight · 2^((at − t) / half-life). What is kept of it is the moment at which it is exactly 1:
 * adding an act, in whatever order they come, moves that moment on, and it says when "at least x" will turn over.
 * Null: nothing was done.
 */
export function momentOfOne(acts: { at: Date, weight: number }[], { half_life_days: halfLifeDays }: EngagementSettings): Date | null {
  const halfLife = halfLifeDays * day
  const moments = acts.filter(act => act.weight > 0).map(act => act.at.getTime() + halfLife * Math.log2(act.weight))
  if (moments.length === 0) return null
  const latest = Math.max(...moments)
  return new Date(latest + halfLife * Math.log2(moments.reduce((sum, moment) => sum + 2 ** ((moment - latest) / halfLife), 0)))
}

/** The score at a moment, from what is kept of it. */
export function scoreAt(one: Date | null, now: Date, { half_life_days: halfLifeDays }: EngagementSettings): number {
  return one === null ? 0 : 2 ** ((one.getTime() - now.getTime()) / (halfLifeDays * day))
}
