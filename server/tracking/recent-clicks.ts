import { keptMap } from '../base/kept.ts'
import type { MailIds } from './links.ts'

/** Clicks of the last two seconds in this process: those not processed yet are not in `events`. */
const windowMilliseconds = 2000
const mostKept = 10_000

export class RecentClicks {
  private readonly clicks = keptMap<string, { link: number, at: number }[]>()

  /** Remembers the click; returns the other links of the same mail followed just before. */
  add(ids: MailIds, link: number, at: number): number[] {
    const key = `${ids.contact_id}:${ids.message_id}`
    const recent = (this.clicks.get(key) ?? []).filter(click => at - click.at <= windowMilliseconds)
    // Set anew, so that the map stays in order of the last click.
    this.clicks.delete(key)
    this.clicks.set(key, [...recent, { link, at }])
    while (this.clicks.size > mostKept) this.clicks.delete(this.clicks.keys().next().value!)
    return recent.map(click => click.link).filter(each => each !== link)
  }
}
