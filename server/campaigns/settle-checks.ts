import { blockingShare, uselessFaults, type MailFinding } from '../../shared/mail-checks.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { notify, touchAll } from '../base/live.ts'
import { listAdministrators } from '../staff/administrators.sql.ts'
import { findUser } from '../staff/staff.sql.ts'
import { type CheckRow, findCheck, type FindingRow, holdForFaults, listFindings, setCheckFirst, startCheck, takeChecked, takeUnchecked } from './mail-checks.sql.ts'
import { harmless } from './check-mails.ts'

/** Mails of a campaign that leaves at a time are looked at so long before it, so that there is time to mend them. */
const aheadMilliseconds = 15 * 60_000

export function levelOf(finding: Pick<FindingRow, 'code' | 'locale' | 'count'>, check: Pick<CheckRow, 'mails' | 'mails_by_locale'>): MailFinding['level'] {
  if (harmless.has(finding.code)) return 'info'
  const of = check.mails_by_locale[finding.locale] ?? check.mails
  return uselessFaults.includes(finding.code) && finding.count >= of * blockingShare ? 'blocking' : 'warning'
}

/** How many mails of a finished look nobody should get; 0: it may leave. */
export async function countBlocking(db: Db, check: CheckRow): Promise<number> {
  return (await listFindings(db, check.campaign_id)).filter(finding => levelOf(finding, check) === 'blocking').reduce((most, finding) => Math.max(most, finding.count), 0)
}

/** Begins the look a campaign needs before it leaves, and settles what has been looked at: it is planned, or held and its author told. */
export async function settleChecks(app: App): Promise<boolean> {
  const started = await withTransaction(app.db, async tx => {
    const id = await takeUnchecked(tx, new Date(app.now().getTime() + aheadMilliseconds))
    if (id !== null) await startCheck(tx, id, true, app.now())
    return id !== null
  })
  const settled = await withTransaction(app.db, async tx => {
    const campaign = await takeChecked(tx)
    if (!campaign) return false
    const check = await findCheck(tx, campaign.id, app.now())
    const blocking = check ? await countBlocking(tx, check) : 0
    if (blocking === 0) await setCheckFirst(tx, campaign.id, false)
    else await hold(app, tx, campaign, blocking)
    await touchAll(tx, [`campaign:${campaign.id}`, 'campaigns'])
    await notify(tx, 'campaigns')
    return true
  })
  return started || settled
}

async function hold(app: App, tx: Db, campaign: { id: number, name: string, created_by: number | null }, mails: number): Promise<void> {
  const now = app.now()
  await holdForFaults(tx, campaign.id, String(mails), now)
  const title = { en: `The campaign ${campaign.name} was not sent`, ru: `Рассылка «${campaign.name}» не ушла` }
  const body = {
    en: `Mails nobody should get: ${mails}. Look at them in the pre-flight, put them right and send again.`,
    ru: `Писем, которые нельзя отправлять: ${mails}. Посмотрите их в проверке, исправьте и отправьте снова.`,
  }
  const author = campaign.created_by === null ? undefined : await findUser(tx, campaign.created_by)
  const people = author && author.disabled_at === null ? [author] : await listAdministrators(tx)
  await notifyUsers(tx, people.map(({ id, locale }) => ({
    user_id: id, title: title[locale], body: body[locale], link: `/campaigns/${campaign.id}`, source_key: `held:${campaign.id}:${now.toISOString()}`,
  })), now)
}
