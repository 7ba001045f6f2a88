import type { Loop } from './base/loops.ts'
import { remindOfTasks } from './activities/remind.ts'
import { runCampaigns } from './campaigns/run-campaigns.ts'
import { findProvidersByMx } from './delivery/find-providers.ts'
import { sendMessages, stopSending } from './delivery/send-messages.ts'
import { findDuplicateCompanies } from './duplicates/find-companies.ts'
import { findDuplicates } from './duplicates/find-duplicates.ts'
import { mergeDuplicates } from './flows/merge-duplicates.ts'
import { readInboundMails } from './flows/read-inbound-mails.ts'
import { forgetMails } from './inbound/forget-mails.ts'
import { stopWatching, watchMailboxes } from './inbound/watch-mailboxes.ts'
import { advanceJourneys } from './flows/advance-journeys.ts'
import { keepMonthsReady } from './events/months.ts'
import { computeFeaturesNightly } from './flows/compute-features.ts'
import { followClock } from './flows/follow-clock.ts'
import { sendAlerts, watchQueue } from './flows/send-alerts.ts'
import { runBulkActions } from './flows/run-bulk-actions.ts'
import { countQuality } from './data-quality/count-quality.ts'
import { askDomains, countGroups } from './hygiene/count-groups.ts'
import { startByDates } from './flows/start-by-dates.ts'
import { chaseLeads } from './flows/chase-leads.ts'
import { giveWaitingLeads } from './flows/give-leads.ts'
import { tellStaleDeals } from './flows/tell-stale-deals.ts'
import { watchJourneys } from './flows/watch-journeys.ts'
import { forgetExports, runExports } from './exports/run-exports.ts'
import { runImports, stopImports } from './flows/run-imports.ts'
import { forgetWebhooks, sendWebhooks, stopWebhooks } from './flows/send-webhooks.ts'
import { forgetCompanyMerges } from './flows/undo-company-merge.ts'
import { forgetMerges } from './flows/undo-merge.ts'
import { processEvents, watchLag } from './flows/process-events.ts'
import { decideWinners } from './journeys/steps/decide-winners.ts'
import { countDeliveries } from './reputation/count-deliveries.ts'
import { watchPlacement } from './reputation/watch-placement.ts'
import { rotateKeys } from './reputation/rotate-keys.ts'
import { watchDomains } from './reputation/watch-domains.ts'
import { judgeClicks } from './tracking/judge-clicks.ts'
import { keepWords, keyWords } from './search/search-words.sql.ts'
import { countMembers } from './segments/count-members.ts'
import { closeSegmentDays } from './segments/close-days.ts'
import { findBrokenSegments, watchSegments } from './segments/watch-segments.ts'
import { recomputeSegments } from './segments/recompute-segments.sql.ts'

/** Everything that runs by itself for as long as the process lives. */
export const loops: Loop[] = [
  { role: 'sender', name: 'send-messages', channel: 'messages', every: 1000, run: sendMessages, stop: stopSending },
  { role: 'mailbox', name: 'mailboxes', channel: 'mailboxes', every: 5000, run: watchMailboxes, stop: stopWatching },
  { role: 'mailbox', name: 'placement', every: 5000, run: watchPlacement },
  { role: 'worker', name: 'inbound', channel: 'inbound_mails', every: 2000, run: readInboundMails },
  { role: 'worker', name: 'inbound.forget', every: 600_000, run: forgetMails },
  { role: 'worker', name: 'delivery.providers', every: 10_000, run: findProvidersByMx },
  { role: 'worker', name: 'campaigns', channel: 'campaigns', every: 1000, run: runCampaigns },
  { role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents },
  { role: 'worker', name: 'tracking.judge', every: 500, run: judgeClicks },
  { role: 'worker', name: 'events.months', every: 3_600_000, run: keepMonthsReady },
  { role: 'worker', name: 'events.lag', every: 5000, run: watchLag },
  { role: 'worker', name: 'features.nightly', every: 600_000, run: computeFeaturesNightly },
  { role: 'worker', name: 'segments.clock', every: 1000, run: followClock },
  { role: 'worker', name: 'segments.counts', every: 2000, run: countMembers },
  { role: 'worker', name: 'segments.days', every: 60_000, run: closeSegmentDays },
  { role: 'worker', name: 'segments.watch', every: 5000, run: watchSegments },
  { role: 'worker', name: 'segments.check', every: 60_000, run: findBrokenSegments },
  { role: 'worker', name: 'segments.recompute', channel: 'segments', every: 1000, run: recomputeSegments },
  { role: 'worker', name: 'journeys.clock', channel: 'journeys', every: 1000, run: advanceJourneys },
  { role: 'worker', name: 'journeys.conditions', every: 1000, run: watchJourneys },
  { role: 'worker', name: 'webhooks', channel: 'webhooks', every: 1000, run: sendWebhooks, stop: stopWebhooks },
  { role: 'worker', name: 'webhooks.forget', every: 3_600_000, run: forgetWebhooks },
  { role: 'worker', name: 'journeys.dates', every: 1000, run: startByDates },
  { role: 'worker', name: 'journeys.winners', every: 30_000, run: decideWinners },
  { role: 'worker', name: 'deliverability.count', every: 300_000, run: countDeliveries },
  { role: 'worker', name: 'alerts', channel: 'alerts', every: 5000, run: sendAlerts },
  { role: 'worker', name: 'alerts.queue', every: 60_000, run: watchQueue },
  { role: 'worker', name: 'hygiene.count', channel: 'hygiene', every: 60_000, run: countGroups },
  { role: 'worker', name: 'hygiene.domains', every: 5000, run: askDomains },
  { role: 'worker', name: 'quality.count', channel: 'quality', every: 60_000, run: countQuality },
  { role: 'worker', name: 'bulk-actions', channel: 'bulk_actions', every: 2000, run: runBulkActions },
  { role: 'worker', name: 'duplicates.find', channel: 'duplicates', every: 2000, run: findDuplicates },
  { role: 'worker', name: 'duplicates.companies', every: 5000, run: findDuplicateCompanies },
  { role: 'worker', name: 'duplicates.merge', channel: 'duplicates', every: 2000, run: mergeDuplicates },
  { role: 'worker', name: 'search.keys', every: 5000, run: keyWords },
  { role: 'worker', name: 'search.words', every: 86_400_000, run: keepWords },
  { role: 'worker', name: 'exports', channel: 'exports', every: 2000, run: runExports },
  { role: 'worker', name: 'exports.forget', every: 3_600_000, run: forgetExports },
  { role: 'worker', name: 'merges.forget', every: 3_600_000, run: forgetMerges },
  { role: 'worker', name: 'company-merges.forget', every: 3_600_000, run: forgetCompanyMerges },
  { role: 'worker', name: 'domains.watch', every: 60_000, run: watchDomains },
  { role: 'worker', name: 'domains.rotate-keys', every: 30_000, run: rotateKeys },
  { role: 'worker', name: 'tasks.remind', every: 5000, run: remindOfTasks },
  { role: 'worker', name: 'leads.waiting', every: 15_000, run: giveWaitingLeads },
  { role: 'worker', name: 'leads.reaction', every: 15_000, run: chaseLeads },
  { role: 'worker', name: 'deals.stale', every: 60_000, run: tellStaleDeals },
  { role: 'worker', name: 'imports', channel: 'imports', every: 2000, run: runImports, stop: stopImports },
]
