import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touch, touchAll } from '../base/live.ts'
import { isUnderWay, planMessages } from '../messages/plan-messages.sql.ts'
import { watchCampaigns } from './watch-campaigns.ts'
import { checkNextMails } from './check-mails.ts'
import { requireCheck } from './mail-checks.sql.ts'
import { settleChecks } from './settle-checks.ts'
import { finishCampaign, listSending, notePlanned, startPlanning, takeDue, takePlanning } from './campaigns.sql.ts'

const chunk = 5_000

/** The loop of campaigns: starts what is due, looks at the next mails, plans the next part of what is being planned, ends what is through. */
export async function runCampaigns(app: App): Promise<boolean> {
  const started = await startDue(app)
  const settled = await settleChecks(app)
  // Beside each other: a long look at one campaign holds up the plan of no other.
  const [planned, checked] = await Promise.all([planNext(app), checkNextMails(app)])
  await watchCampaigns(app)
  await finishSent(app)
  return started || settled || planned || checked
}

async function startDue(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    const id = await takeDue(tx, app.now())
    if (id === null) return false
    await startPlanning(tx, id, app.now())
    await requireCheck(tx, id)
    await touchAll(tx, [`campaign:${id}`, 'campaigns'])
    return true
  })
}

/** One part in one transaction: after a crash the plan goes on where the last part ended. */
async function planNext(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    const campaign = await takePlanning(tx)
    if (!campaign) return false
    const last = await planMessages(tx, { campaign_id: campaign.id, segment_id: campaign.segment_id, topic_id: campaign.topic_id, template_version_id: campaign.template_version_id }, campaign.planned_up_to, chunk, app.now())
    await notePlanned(tx, campaign.id, last, app.now())
    await touch(tx, `campaign:${campaign.id}`)
    return true
  })
}

async function finishSent(app: App): Promise<void> {
  for (const id of await listSending(app.db)) {
    if (await isUnderWay(app.db, id)) continue
    await withTransaction(app.db, async tx => {
      if (await finishCampaign(tx, id, app.now())) await touchAll(tx, [`campaign:${id}`, 'campaigns'])
    })
  }
}
