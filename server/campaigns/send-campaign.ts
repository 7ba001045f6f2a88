import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError, conflict, notFound } from '../base/errors.ts'
import { notify, touchAll } from '../base/live.ts'
import { cancelMessages, requeueRest } from '../messages/plan-messages.sql.ts'
import { type CampaignRow, findCampaign, nextStage, scheduleCampaign, setCampaignState, startPlanning } from './campaigns.sql.ts'
import { cancelCheck, findCheck, setCheckFirst, setForSending, startCheck } from './mail-checks.sql.ts'
import { findBlocks } from './preflight.ts'
import { countBlocking } from './settle-checks.ts'

async function change(app: App, id: number, act: (tx: Db, campaign: CampaignRow) => Promise<void>): Promise<void> {
  await withTransaction(app.db, async tx => {
    const campaign = await findCampaign(tx, id, true)
    if (!campaign || campaign.archived_at) throw notFound('campaign')
    await act(tx, campaign)
    await touchAll(tx, [`campaign:${id}`, 'campaigns'])
    await notify(tx, 'campaigns')
    await notify(tx, 'messages')
  })
}

/** Now, at a time, or on after a pause. Pressed twice is pressed once: the row is held, and what runs is let run. */
export const sendCampaign = (app: App, id: number, sendAt: Date | null): Promise<void> => change(app, id, async (tx, campaign) => {
  const now = app.now()
  switch (campaign.state) {
    case 'draft': case 'scheduled': {
      const check = await findCheck(tx, id, now)
      const isFresh = check?.state === 'done' && check.stale === null
      const blocks = findBlocks(campaign).map(block => block.code as string)
      if (isFresh && await countBlocking(tx, check) > 0) blocks.push('mail_faults')
      if (blocks.length > 0) throw new AppError('not_ready', 409, 'The campaign is not ready to be sent.', blocks.map(code => ({ field: code, message: blockWords[code] ?? code })))
      if (sendAt !== null && sendAt > now) {
        await scheduleCampaign(tx, id, sendAt, now)
        await setCheckFirst(tx, id, true)
        // It is looked at again before it leaves.
        return setForSending(tx, id, false)
      }
      await startPlanning(tx, id, now)
      await setCheckFirst(tx, id, !isFresh)
      if (isFresh) return
      if (check?.state === 'running' && check.stale === null) return setForSending(tx, id, true)
      return startCheck(tx, id, true, now)
    }
    case 'paused': return setCampaignState(tx, id, campaign.planned_at === null ? 'planning' : 'sending', now)
    case 'planning': case 'sending': case 'sent': return
    case 'cancelled': throw conflict('cancelled', 'The campaign has been cancelled. Make a copy of it to send it.')
  }
})

const blockWords: Record<string, string> = {
  no_template: 'choose the mail', template_archived: 'the mail is in the archive: choose another or bring it back', template_not_marketing: 'choose a marketing mail: this one is transactional and has no way to unsubscribe',
  mail_faults: 'mails nobody should get were found: look at the pre-flight and put them right',
  no_segment: 'choose whom it goes to', segment_computing: 'the members of the segment are still being found: wait a moment', no_topic: 'choose the topic people have agreed to',
}

/** Nothing more leaves; what is under way comes to its end. A scheduled campaign becomes a draft again. */
export const pauseCampaign = (app: App, id: number): Promise<void> => change(app, id, async (tx, campaign) => {
  if (campaign.state === 'scheduled') return scheduleCampaign(tx, id, null, app.now())
  if (campaign.state === 'planning' || campaign.state === 'sending') return setCampaignState(tx, id, 'paused', app.now())
})

/** `seen`: the number of the stage somebody has looked at; another one has gone on meanwhile. */
export const goOnToNextStage = (app: App, id: number, seen: number): Promise<void> => change(app, id, async (tx, campaign) => {
  if (!campaign.stages || campaign.state !== 'sending') throw conflict('no_stages', 'The campaign is not being sent in stages.')
  if (campaign.stage + 1 !== seen || campaign.stage >= campaign.stages.percents.length) return
  await nextStage(tx, id, campaign.stage, app.now())
})

/** What has not left never will. */
export const cancelCampaign = (app: App, id: number): Promise<void> => change(app, id, async (tx, campaign) => {
  if (campaign.state === 'draft') throw conflict('not_sent', 'The campaign has not been sent; there is nothing to cancel.')
  if (campaign.state === 'sent' || campaign.state === 'cancelled') return
  await cancelMessages(tx, id)
  await cancelCheck(tx, id, app.now())
  await setCampaignState(tx, id, 'cancelled', app.now())
})

/** To new members of the segment, to people left out for a reason that is gone, and with `failed` once more to whom the server refused. */
export const sendRest = (app: App, id: number, failed: boolean): Promise<void> => change(app, id, async (tx, campaign) => {
  if (campaign.state === 'planning' || campaign.state === 'sending') return
  if (campaign.state !== 'sent') throw conflict('not_sent', 'Only a campaign that has been sent can be sent to the rest.')
  await requeueRest(tx, { campaign: id }, { allowed_now: true, failed, unknown: false }, null, app.now())
  await startPlanning(tx, id, app.now())
})
