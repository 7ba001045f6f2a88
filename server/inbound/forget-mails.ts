import type { App } from '../base/app.ts'
import { forgetRaw } from './inbound-mails.sql.ts'
import { readInboundRules } from './inbound-rules.ts'

/** Whole mails are kept as long as the company says; what they were and what came of them stays. */
export async function forgetMails(app: App): Promise<boolean> {
  const { keep_days } = await readInboundRules(app.db)
  return await forgetRaw(app.db, new Date(app.now().getTime() - keep_days * 86_400_000), 500) > 0
}
