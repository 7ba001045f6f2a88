import type { SendingRules } from '../../shared/sending-rules.ts'
import { raiseAlert } from '../alerts/raise-alert.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { notify, touchAll } from '../base/live.ts'
import { readRules } from '../delivery/read-rules.ts'
import { countFirst } from '../messages/report.sql.ts'
import { listWatched, nextStage, noteStageDone, pauseByGuard, readStage, type Watched } from './campaigns.sql.ts'

/** So many are the first mails of a campaign. */
const firstMails = 20_000

/** Pauses what goes wrong in its first mails, and takes campaigns in stages on to the next one. */
export async function watchCampaigns(app: App): Promise<void> {
  const watched = await listWatched(app.db)
  if (watched.length === 0) return
  const { guard } = await readRules(app.db)
  for (const campaign of watched) {
    if (await guardOne(app, campaign, guard)) continue
    await followStage(app, campaign)
  }
}

/** True: it is paused now. */
async function guardOne(app: App, campaign: Watched, guard: SendingRules['guard']): Promise<boolean> {
  if (!guard || campaign.is_unguarded) return false
  const counted = await countFirst(app.db, campaign.id, firstMails)
  if (!counted || counted.sent < guard.at_least) return false
  const share = (count: number) => count / counted.sent * 100
  const reason = share(counted.bounced) > guard.bounce_percent ? 'bounces' : share(counted.complained) > guard.complaint_percent ? 'complaints' : null
  if (!reason) return false
  const count = reason === 'bounces' ? counted.bounced : counted.complained
  const detail = `${count}/${counted.sent}/${reason === 'bounces' ? guard.bounce_percent : guard.complaint_percent}`
  return withTransaction(app.db, async tx => {
    if (!await pauseByGuard(tx, campaign.id, reason, detail, app.now())) return false
    await touchAll(tx, [`campaign:${campaign.id}`, 'campaigns'])
    const percent = share(count).toFixed(1)
    await raiseAlert(tx, {
      kind: 'campaign', thing: `campaign:${campaign.id}`, lasts: false, link: `/campaigns/${campaign.id}`,
      title: { en: `The campaign ${campaign.name} has paused itself`, ru: `Рассылка «${campaign.name}» остановилась сама` },
      body: reason === 'bounces'
        ? { en: `${percent} % of its first ${counted.sent} mails came back.`, ru: `Из первых писем (${counted.sent}) вернулось ${percent} %.` }
        : { en: `${percent} % of its first ${counted.sent} mails were complained of.`, ru: `На первые письма (${counted.sent}) пожаловались: ${percent} %.` },
    }, app.now())
    return true
  })
}

async function followStage(app: App, { id, stages, stage, stage_done_at, audience }: Watched): Promise<void> {
  if (!stages || audience === null || stage >= stages.percents.length) return
  const now = app.now()
  if (stage_done_at === null) {
    const { taken, under_way } = await readStage(app.db, id)
    if (under_way || taken < stageMails(audience, stages.percents[stage]!)) return
    await withTransaction(app.db, async tx => {
      if (await noteStageDone(tx, id, stage, now)) await touchAll(tx, [`campaign:${id}`])
    })
  } else if (stages.by_itself && now.getTime() >= stage_done_at.getTime() + stages.wait_minutes * 60_000) {
    await withTransaction(app.db, async tx => {
      if (!await nextStage(tx, id, stage, now)) return
      await touchAll(tx, [`campaign:${id}`])
      await notify(tx, 'messages')
    })
  }
}

/** As the senders reckon it: see open-queues.sql.ts. */
export const stageMails = (audience: number, percent: number): number => Math.max(1, Math.ceil(audience * percent / 100 - 1e-9))
