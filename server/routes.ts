import type { RouteLine } from './base/route.ts'
import { del, get, patch, post, put } from './base/route.ts'
import * as alerts from './alerts/alerts.routes.ts'
import * as live from './base/live.routes.ts'
import * as campaigns from './campaigns/campaigns.routes.ts'
import * as campaignLedger from './campaigns/ledger.routes.ts'
import * as mailChecks from './campaigns/mail-checks.routes.ts'
import * as companies from './companies/companies.routes.ts'
import * as company from './company/company.routes.ts'
import * as incoming from './inbound/incoming.routes.ts'
import * as complaints from './inbound/complaints.routes.ts'
import * as inboundMails from './inbound/inbound-mails.routes.ts'
import * as providerHooks from './inbound/provider-hooks.routes.ts'
import * as mailboxes from './inbound/mailboxes.routes.ts'
import * as oauthClients from './inbound/oauth-clients.routes.ts'
import * as importRuns from './flows/imports.routes.ts'
import * as imports from './imports/imports.routes.ts'
import * as importMappings from './imports/mappings.routes.ts'
import * as consentChanges from './flows/consents.routes.ts'
import * as features from './features/features.routes.ts'
import * as forms from './forms/forms.routes.ts'
import * as hygiene from './hygiene/hygiene.routes.ts'
import * as hostedForms from './forms/hosted.routes.ts'
import * as conditions from './conditions/conditions.routes.ts'
import * as acceptedReports from './flows/accepted-reports.routes.ts'
import * as consents from './consent/consents.routes.ts'
import * as suppressions from './consent/suppressions.routes.ts'
import * as topics from './consent/topics.routes.ts'
import * as delivery from './delivery/delivery.routes.ts'
import * as sendingRules from './delivery/sending-rules.routes.ts'
import * as senders from './delivery/senders.routes.ts'
import * as testMailbox from './delivery/test-mails.routes.ts'
import * as enrolments from './flows/enrolments.routes.ts'
import * as setUp from './flows/set-up.routes.ts'
import * as staticMembers from './flows/static-members.routes.ts'
import * as start from './flows/start.routes.ts'
import * as dryRuns from './journeys/dry-run/dry-runs.routes.ts'
import * as journeys from './journeys/journeys.routes.ts'
import * as journeyLedger from './journeys/ledger.routes.ts'
import * as readyMade from './journeys/ready-made/ready-made.routes.ts'
import * as journeyVersions from './journeys/versions.routes.ts'
import * as messages from './messages/messages.routes.ts'
import * as deliverability from './reputation/deliverability.routes.ts'
import * as dmarc from './reputation/dmarc.routes.ts'
import * as domains from './reputation/domains.routes.ts'
import * as placement from './reputation/placement.routes.ts'
import * as keyRotations from './reputation/key-rotations.routes.ts'
import * as reports from './reports/reports.routes.ts'
import * as growth from './segments/growth.routes.ts'
import * as segments from './segments/segments.routes.ts'
import * as rights from './staff/rights.routes.ts'
import * as staff from './staff/staff.routes.ts'
import * as teams from './staff/teams.routes.ts'
import * as workingTime from './staff/working-time.routes.ts'
import * as testMails from './flows/send-test-mail.ts'
import * as testRuns from './flows/test-runs.ts'
import * as confirmationPage from './flows/confirmation-page.ts'
import * as subscriptionPages from './flows/subscription-pages.ts'
import * as mailFiles from './templates/mail-files.routes.ts'
import * as snippets from './templates/snippets.routes.ts'
import * as templates from './templates/templates.routes.ts'
import * as tracking from './tracking/tracking.routes.ts'
import * as activities from './activities/activities.routes.ts'
import * as calendarFeed from './activities/calendar-feed.routes.ts'
import * as contacts from './contacts/contacts.routes.ts'
import * as events from './events/events.routes.ts'
import * as bulkActions from './flows/bulk-actions.routes.ts'
import * as companyCards from './flows/companies.routes.ts'
import * as savedContacts from './flows/contacts.routes.ts'
import * as conversations from './flows/conversations.routes.ts'
import * as coupons from './flows/coupons.routes.ts'
import * as merges from './flows/merges.routes.ts'
import * as companyMerges from './flows/company-merges.routes.ts'
import * as companyDuplicates from './duplicates/company-duplicates.routes.ts'
import * as notes from './notes/notes.routes.ts'
import * as duplicates from './duplicates/duplicates.routes.ts'
import * as dataMap from './data-map/data-map.routes.ts'
import * as dataQuality from './data-quality/data-quality.routes.ts'
import * as deals from './flows/deals.routes.ts'
import * as leads from './flows/leads.routes.ts'
import * as taskReadings from './flows/task-readings.routes.ts'
import * as reaction from './leads/reaction.routes.ts'
import * as routing from './flows/routing.routes.ts'
import * as webhooks from './flows/webhooks.routes.ts'
import * as exportsOf from './exports/exports.routes.ts'
import * as views from './views/views.routes.ts'
import * as search from './search/search.routes.ts'

/** Every route with its permission: public, read (all roles), contacts (not observers), marketing (marketers, administrators), administer. */
export const routes: RouteLine[] = [
  // session, people, keys
  get('/api/v1/session', 'public', staff.showSession),
  post('/api/v1/session', 'public', staff.signIn),
  del('/api/v1/session', 'public', staff.signOut),
  post('/api/v1/setup', 'public', setUp.setUp),
  patch('/api/v1/profile', 'read', staff.changeProfile),
  get('/api/v1/users', 'read', staff.listUsers),
  post('/api/v1/users', 'administer', staff.createUser),
  patch('/api/v1/users/:id', 'administer', staff.changeUser),
  get('/api/v1/teams', 'read', teams.list),
  post('/api/v1/teams', 'administer', teams.create),
  put('/api/v1/teams/:id', 'administer', teams.change),
  del('/api/v1/teams/:id', 'administer', teams.remove),
  get('/api/v1/rights', 'administer', rights.list),
  put('/api/v1/rights/:role', 'administer', rights.change),
  get('/api/v1/working-hours', 'read', workingTime.readHours),
  put('/api/v1/working-hours', 'administer', workingTime.changeHours),
  get('/api/v1/availability', 'read', workingTime.list),
  get('/api/v1/users/:id/handover', 'administer', routing.work),
  post('/api/v1/users/:id/handover', 'administer', routing.handOver),
  put('/api/v1/users/:id/availability', 'administer', workingTime.change),
  post('/api/v1/users/:id/absences', 'administer', workingTime.addAbsence),
  del('/api/v1/users/:id/absences/:absence', 'administer', workingTime.removeAbsence),
  get('/api/v1/api-keys', 'administer', staff.listApiKeys),
  post('/api/v1/api-keys', 'administer', staff.createApiKey),
  del('/api/v1/api-keys/:id', 'administer', staff.revokeApiKey),

  // company
  get('/api/v1/company', 'read', company.show),
  patch('/api/v1/company', 'administer', company.change),
  get('/api/v1/live', 'read', live.stream),
  get('/api/v1/checklist', 'read', start.showChecklist),
  get('/api/v1/today', 'read', start.showToday),

  // conditions and segments
  get('/api/v1/conditions/vocabulary', 'read', conditions.vocabulary),
  post('/api/v1/conditions/preview', 'read', conditions.preview),
  post('/api/v1/conditions/explanation', 'read', conditions.explanation),
  get('/api/v1/segments', 'read', segments.listAll),
  post('/api/v1/segments', 'marketing', segments.create),
  get('/api/v1/segments/lag', 'read', growth.lag),
  get('/api/v1/segments/:id', 'read', segments.read),
  get('/api/v1/segments/:id/days', 'read', growth.days),
  get('/api/v1/segments/:id/moves', 'read', growth.moves),
  get('/api/v1/segments/:id/overlaps', 'read', growth.overlaps),
  get('/api/v1/segments/:id/export', 'contacts', search.exportSegment),
  put('/api/v1/segments/:id', 'marketing', segments.change),
  del('/api/v1/segments/:id', 'marketing', segments.remove),
  del('/api/v1/segments/:id/archiving', 'marketing', segments.restore),
  post('/api/v1/segments/:id/recomputation', 'marketing', segments.recompute),
  get('/api/v1/segments/:id/contacts', 'read', segments.members),
  get('/api/v1/segments/:id/explanation', 'read', segments.explanation),
  put('/api/v1/segments/:id/members', 'contacts', staticMembers.put),
  del('/api/v1/segments/:id/members', 'contacts', staticMembers.remove),

  // computed features
  get('/api/v1/features', 'read', features.show),
  post('/api/v1/features/computation', 'marketing', features.compute),
  put('/api/v1/features/engagement', 'administer', features.changeEngagement),
  get('/api/v1/contacts/:id/features', 'read', features.ofContact),

  // consent
  get('/api/v1/topics', 'read', topics.listAll),
  post('/api/v1/topics', 'marketing', topics.create),
  patch('/api/v1/topics/:id', 'marketing', topics.change),
  get('/api/v1/suppressions', 'read', suppressions.listAll),
  post('/api/v1/suppressions', 'marketing', suppressions.add),
  del('/api/v1/suppressions/:email', 'marketing', suppressions.remove),
  get('/api/v1/contacts/:id/consents', 'read', consents.ofContact),
  post('/api/v1/contacts/:id/consents', 'contacts', consentChanges.change),

  // imports
  get('/api/v1/imports', 'read', imports.listAll),
  post('/api/v1/imports', 'marketing', imports.upload),
  get('/api/v1/imports/:id', 'read', imports.read),
  put('/api/v1/imports/:id', 'marketing', imports.change),
  del('/api/v1/imports/:id', 'marketing', imports.remove),
  post('/api/v1/imports/:id/preview', 'read', imports.preview),
  post('/api/v1/imports/:id/columns/:column/values', 'read', imports.values),
  post('/api/v1/imports/:id/estimate', 'marketing', importRuns.estimate),
  post('/api/v1/imports/:id/run', 'marketing', imports.run),
  del('/api/v1/imports/:id/run', 'marketing', imports.stop),
  post('/api/v1/imports/:id/reversal', 'marketing', imports.undo),
  get('/api/v1/imports/:id/rejections', 'read', imports.rejections),
  get('/api/v1/imports/:id/rejections.csv', 'read', imports.rejectionsFile),
  get('/api/v1/imports/:id/contacts', 'read', imports.people),
  get('/api/v1/imports/:id/records', 'read', imports.records),
  get('/api/v1/import-mappings', 'read', importMappings.list),
  patch('/api/v1/import-mappings/:id', 'marketing', importMappings.rename),
  del('/api/v1/import-mappings/:id', 'marketing', importMappings.remove),

  // forms
  get('/api/v1/forms', 'read', forms.listAll),
  post('/api/v1/forms', 'marketing', forms.create),
  post('/api/v1/forms/preview', 'read', forms.preview),
  get('/api/v1/forms/:id', 'read', forms.read),
  put('/api/v1/forms/:id', 'marketing', forms.change),
  del('/api/v1/forms/:id', 'marketing', forms.remove),
  get('/api/v1/forms/:id/people', 'read', forms.people),
  get('/f/:slug', 'public', hostedForms.show),
  post('/f/:slug', 'public', hostedForms.submit),
  get('/f/:slug/embed.js', 'public', hostedForms.embed),

  // campaigns
  get('/api/v1/campaigns', 'read', campaigns.listAll),
  post('/api/v1/campaigns', 'marketing', campaigns.create),
  get('/api/v1/campaigns/:id', 'read', campaigns.show),
  patch('/api/v1/campaigns/:id', 'marketing', campaigns.change),
  del('/api/v1/campaigns/:id', 'marketing', campaigns.remove),
  get('/api/v1/campaigns/:id/preflight', 'read', campaigns.showPreflight),
  post('/api/v1/campaigns/:id/content-check', 'marketing', campaigns.content),
  get('/api/v1/campaigns/:id/preflight/people', 'read', campaigns.preflightPeople),
  get('/api/v1/campaigns/:id/mail-check', 'read', mailChecks.show),
  post('/api/v1/campaigns/:id/mail-check', 'marketing', mailChecks.start),
  del('/api/v1/campaigns/:id/mail-check', 'marketing', mailChecks.cancel),
  get('/api/v1/campaigns/:id/mail-check/people', 'read', mailChecks.people),
  get('/api/v1/campaigns/:id/mail-check/mails/:contact_id', 'read', mailChecks.example),
  post('/api/v1/campaigns/:id/sending', 'marketing', campaigns.send),
  del('/api/v1/campaigns/:id/sending', 'marketing', campaigns.pause),
  post('/api/v1/campaigns/:id/stage', 'marketing', campaigns.goOn),
  post('/api/v1/campaigns/:id/cancellation', 'marketing', campaigns.cancel),
  get('/api/v1/campaigns/:id/rest', 'read', campaigns.showRest),
  post('/api/v1/campaigns/:id/rest', 'marketing', campaigns.sendToRest),
  get('/api/v1/campaigns/:id/report', 'read', campaigns.report),
  get('/api/v1/campaigns/:id/people', 'read', campaigns.people),
  get('/api/v1/campaigns/:id/ledger', 'read', campaignLedger.numbers),
  get('/api/v1/campaigns/:id/messages', 'read', campaignLedger.messages),
  get('/api/v1/campaigns/:id/ledger.csv', 'read', campaignLedger.asCsv),

  // delivery
  get('/api/v1/sending', 'read', delivery.showSettings),
  put('/api/v1/sending', 'administer', delivery.changeSettings),
  del('/api/v1/sending', 'administer', delivery.removeSettings),
  post('/api/v1/sending/test', 'administer', delivery.test),
  get('/api/v1/sending-rules', 'read', sendingRules.show),
  patch('/api/v1/sending-rules', 'administer', sendingRules.change),
  post('/api/v1/sending-rules/providers/:provider/release', 'administer', sendingRules.release),
  get('/api/v1/senders', 'administer', senders.listAll),
  post('/api/v1/senders', 'administer', senders.create),
  put('/api/v1/senders/order', 'administer', senders.order),
  post('/api/v1/senders/test', 'administer', senders.test),
  patch('/api/v1/senders/:id', 'administer', senders.change),
  del('/api/v1/senders/:id', 'administer', senders.remove),
  get('/api/v1/sending-domains', 'read', delivery.listDomains),
  post('/api/v1/sending-domains', 'administer', delivery.createDomain),
  get('/api/v1/sending-domains/:id', 'read', domains.show),
  post('/api/v1/sending-domains/:id/check', 'administer', domains.check),
  get('/api/v1/sending-domains/:id/changes', 'read', domains.changes),
  get('/api/v1/placement-tests', 'read', placement.list),
  post('/api/v1/placement-tests', 'marketing', placement.start),
  get('/api/v1/placement-tests/mailboxes', 'read', placement.mailboxes),
  get('/api/v1/placement-tests/:id', 'read', placement.show),
  del('/api/v1/placement-tests/:id', 'marketing', placement.remove),
  get('/api/v1/sending-domains/:id/key-rotations', 'read', keyRotations.list),
  post('/api/v1/sending-domains/:id/key-rotations', 'administer', keyRotations.start),
  post('/api/v1/key-rotations/:id/check', 'administer', keyRotations.check),
  del('/api/v1/key-rotations/:id', 'administer', keyRotations.giveUp),
  get('/api/v1/reputation/settings', 'read', domains.showSettings),
  patch('/api/v1/reputation/settings', 'administer', domains.changeSettings),
  get('/api/v1/deliverability', 'read', deliverability.overview),
  get('/api/v1/deliverability/people', 'read', deliverability.people),
  get('/api/v1/alerts', 'read', alerts.list),
  get('/api/v1/alerts/settings', 'administer', alerts.showSettings),
  patch('/api/v1/alerts/settings', 'administer', alerts.changeSettings),
  post('/api/v1/alerts/test', 'administer', alerts.test),
  get('/api/v1/hygiene', 'read', hygiene.overview),
  patch('/api/v1/hygiene/settings', 'marketing', hygiene.changeSettings),
  post('/api/v1/hygiene/count', 'marketing', hygiene.count),
  get('/api/v1/hygiene/groups/:kind/people', 'read', hygiene.people),
  post('/api/v1/hygiene/groups/:kind/preview', 'marketing', hygiene.preview),
  post('/api/v1/hygiene/groups/:kind/actions', 'marketing', hygiene.act),

  // saved views of lists
  get('/api/v1/views', 'read', views.list),
  post('/api/v1/views', 'read', views.create),
  get('/api/v1/views/:id', 'read', views.show),
  patch('/api/v1/views/:id', 'read', views.change),
  del('/api/v1/views/:id', 'read', views.remove),
  put('/api/v1/views/:id/place', 'read', views.place),

  // files taken out
  post('/api/v1/exports', 'contacts', exportsOf.create),
  get('/api/v1/exports', 'contacts', exportsOf.list),
  get('/api/v1/exports/:id', 'contacts', exportsOf.show),
  get('/api/v1/exports/:id/file', 'contacts', exportsOf.file),
  post('/api/v1/exports/:id/stop', 'contacts', exportsOf.stop),

  // bulk actions
  post('/api/v1/bulk-actions/preview', 'contacts', bulkActions.preview),
  post('/api/v1/bulk-actions', 'contacts', bulkActions.create),
  get('/api/v1/bulk-actions', 'read', bulkActions.list),
  get('/api/v1/bulk-actions/:id', 'read', bulkActions.show),
  get('/api/v1/bulk-actions/:id/people', 'read', bulkActions.people),
  post('/api/v1/bulk-actions/:id/stop', 'contacts', bulkActions.stop),
  post('/api/v1/bulk-actions/:id/reversal', 'contacts', bulkActions.undo),
  get('/api/v1/dmarc-reports', 'read', dmarc.list),
  post('/api/v1/dmarc-reports', 'marketing', dmarc.upload),
  get('/api/v1/dmarc-reports/overview', 'read', dmarc.overview),
  get('/api/v1/dmarc-reports/addresses', 'read', dmarc.addresses),
  del('/api/v1/dmarc-reports/:id', 'administer', dmarc.remove),
  post('/api/v1/sending-domains/:id/second-key', 'administer', delivery.createSecondKey),
  del('/api/v1/sending-domains/:id', 'administer', delivery.removeDomain),
  get('/api/v1/test-mails', 'read', testMailbox.list),
  get('/api/v1/test-mails/:id', 'read', testMailbox.show),
  get('/api/v1/test-mails/:id/raw', 'read', testMailbox.raw),
  del('/api/v1/test-mails', 'marketing', testMailbox.empty),

  // what comes back
  get('/api/v1/incoming-mail', 'read', incoming.show),
  put('/api/v1/incoming-mail', 'administer', incoming.change),
  get('/api/v1/inbound-mails', 'contacts', inboundMails.list),
  get('/api/v1/inbound-mails/counts', 'contacts', inboundMails.counts),
  post('/api/v1/inbound-mails/retrials', 'administer', inboundMails.retry),
  get('/api/v1/inbound-mails/:id', 'contacts', inboundMails.show),
  get('/api/v1/inbound-mails/:id/raw', 'contacts', inboundMails.raw),
  get('/api/v1/inbound-mails/:id/acceptance', 'contacts', acceptedReports.show),
  post('/api/v1/inbound-mails/:id/acceptance', 'marketing', acceptedReports.accept),
  del('/api/v1/inbound-mails/:id/acceptance', 'marketing', acceptedReports.takeBack),
  get('/api/v1/contacts/:id/conversations', 'contacts', conversations.ofOne),
  post('/api/v1/contacts/:id/conversations/:conversation_id/letters', 'contacts', conversations.answer),
  get('/api/v1/provider-hooks', 'administer', providerHooks.list),
  post('/api/v1/provider-hooks', 'administer', providerHooks.create),
  patch('/api/v1/provider-hooks/:id', 'administer', providerHooks.change),
  del('/api/v1/provider-hooks/:id', 'administer', providerHooks.remove),
  post('/provider-hooks/:token', 'public', providerHooks.report),
  get('/api/v1/complaints', 'read', complaints.list),
  get('/api/v1/complaints/counts', 'read', complaints.counts),
  get('/api/v1/oauth-clients', 'administer', oauthClients.list),
  put('/api/v1/oauth-clients/:provider', 'administer', oauthClients.change),
  del('/api/v1/oauth-clients/:provider', 'administer', oauthClients.remove),
  post('/api/v1/mailboxes/:id/sign-in', 'administer', oauthClients.begin),
  get('/api/v1/mailboxes/sign-in', 'administer', oauthClients.end),
  get('/api/v1/mailboxes', 'administer', mailboxes.list),
  post('/api/v1/mailboxes', 'administer', mailboxes.create),
  put('/api/v1/mailboxes/:id', 'administer', mailboxes.change),
  del('/api/v1/mailboxes/:id', 'administer', mailboxes.remove),
  get('/api/v1/mailboxes/:id/folders', 'administer', mailboxes.folders),
  post('/api/v1/mailboxes/:id/check', 'administer', mailboxes.check),
  put('/api/v1/mailboxes/:id/pause', 'administer', mailboxes.pause),
  del('/api/v1/mailboxes/:id/pause', 'administer', mailboxes.resume),

  // templates
  get('/api/v1/templates', 'read', templates.list),
  post('/api/v1/templates', 'marketing', templates.create),
  get('/api/v1/mail-files', 'read', mailFiles.list),
  post('/api/v1/mail-files', 'marketing', mailFiles.upload),
  get('/api/v1/mail-files/usage', 'read', mailFiles.usage),
  del('/api/v1/mail-files/unused', 'marketing', mailFiles.removeUnused),
  get('/api/v1/mail-files/:id/content', 'read', mailFiles.content),
  del('/api/v1/mail-files/:id', 'marketing', mailFiles.remove),
  get('/api/v1/templates/fields', 'read', templates.fields),
  post('/api/v1/templates/preview', 'read', templates.preview),
  get('/api/v1/templates/:id', 'read', templates.show),
  patch('/api/v1/templates/:id', 'marketing', templates.change),
  put('/api/v1/templates/:id/archiving', 'marketing', templates.archive),
  del('/api/v1/templates/:id/archiving', 'marketing', templates.restore),
  get('/api/v1/templates/:id/preview', 'read', templates.thumbnail),
  get('/api/v1/templates/:id/versions', 'read', templates.versions),
  post('/api/v1/templates/:id/test-messages', 'marketing', testMails.sendTest),
  get('/api/v1/templates/:id/versions/:version_id', 'read', templates.versionDocument),

  // snippets
  get('/api/v1/snippets', 'contacts', snippets.list),
  post('/api/v1/snippets', 'contacts', snippets.create),
  put('/api/v1/snippets/:id', 'contacts', snippets.change),
  del('/api/v1/snippets/:id', 'contacts', snippets.remove),
  post('/api/v1/snippets/:id/filling', 'contacts', snippets.fill),

  // links in mails
  get('/t/o/*', 'public', tracking.open),
  get('/t/c/*', 'public', tracking.click),
  get('/u/:token', 'public', subscriptionPages.showUnsubscribe),
  post('/u/:token', 'public', subscriptionPages.unsubscribe),
  get('/c/:token', 'public', confirmationPage.show),
  post('/c/:token', 'public', confirmationPage.confirm),
  get('/p/:token', 'public', subscriptionPages.showPreferences),
  post('/p/:token', 'public', subscriptionPages.savePreferences),

  // journeys
  get('/api/v1/journeys', 'read', journeys.list),
  post('/api/v1/journeys', 'marketing', journeys.create),
  post('/api/v1/journeys/check', 'read', journeys.check),
  get('/api/v1/ready-made-journeys', 'read', readyMade.list),
  post('/api/v1/ready-made-journeys/:key', 'marketing', readyMade.make),
  get('/api/v1/journeys/:id', 'read', journeys.read),
  put('/api/v1/journeys/:id', 'marketing', journeys.update),
  del('/api/v1/journeys/:id', 'marketing', journeys.remove),
  post('/api/v1/journeys/:id/copies', 'marketing', journeys.copy),
  post('/api/v1/journeys/:id/activation', 'marketing', journeys.activate),
  del('/api/v1/journeys/:id/activation', 'marketing', journeys.pause),
  get('/api/v1/journeys/:id/publication', 'read', journeyVersions.preview),
  post('/api/v1/journeys/:id/publication', 'marketing', journeyVersions.publish),
  get('/api/v1/journeys/:id/versions', 'read', journeyVersions.list),
  get('/api/v1/journeys/:id/versions/:number', 'read', journeyVersions.read),
  get('/api/v1/journeys/:id/dry-run', 'read', dryRuns.read),
  post('/api/v1/journeys/:id/dry-run', 'marketing', dryRuns.start),
  del('/api/v1/journeys/:id/dry-run', 'marketing', dryRuns.cancel),
  get('/api/v1/journeys/:id/dry-run/people', 'read', dryRuns.people),
  get('/api/v1/journeys/:id/report', 'read', journeys.report),
  get('/api/v1/journeys/:id/ledger', 'read', journeyLedger.numbers),
  get('/api/v1/journeys/:id/messages', 'read', journeyLedger.messages),
  get('/api/v1/journeys/:id/ledger.csv', 'read', journeyLedger.asCsv),
  get('/api/v1/journeys/:id/rest', 'read', journeyLedger.rest),
  post('/api/v1/journeys/:id/rest', 'marketing', journeyLedger.sendRest),
  get('/api/v1/journeys/:id/winners', 'read', journeys.winners),
  get('/api/v1/journeys/:id/people', 'read', journeys.people),
  get('/api/v1/journeys/:id/enrolments', 'read', journeys.ways),
  post('/api/v1/journeys/:id/enrolments', 'marketing', enrolments.enrol),
  post('/api/v1/journeys/:id/segment-enrolments', 'marketing', enrolments.enrolSegment),
  del('/api/v1/journeys/:id/enrolments/:enrolment_id', 'marketing', enrolments.leave),
  post('/api/v1/journeys/:id/enrolments/:enrolment_id/retrial', 'marketing', enrolments.retry),
  put('/api/v1/journeys/:id/enrolments/:enrolment_id/step', 'marketing', enrolments.moveStep),
  get('/api/v1/journeys/:id/failures', 'read', journeys.failed),
  post('/api/v1/journeys/:id/retrials', 'marketing', enrolments.retryAll),
  post('/api/v1/journeys/:id/test-runs', 'marketing', testRuns.testRun),
  get('/api/v1/contacts/:id/journeys', 'read', journeys.ofContact),
  get('/api/v1/contacts/:id/messages', 'read', messages.ofContact),
  get('/api/v1/contacts/:id/messages/:message_id', 'read', messages.show),

  // reports
  get('/api/v1/reports/overview', 'read', reports.overview),
  get('/api/v1/reports/sales', 'read', reports.sales),
  get('/api/v1/reports/reactions', 'read', reports.reactions),
  get('/api/v1/reports/people', 'read', reports.people),

  // contacts
  get('/api/v1/contacts', 'read', search.contacts),
  put('/api/v1/contacts', 'contacts', savedContacts.put),
  post('/api/v1/contacts/batch', 'contacts', savedContacts.batch),
  get('/api/v1/contacts/count', 'read', search.count),
  get('/api/v1/contacts/export', 'contacts', search.exportFile),
  get('/api/v1/contacts/:id', 'read', contacts.card),
  patch('/api/v1/contacts/:id', 'contacts', savedContacts.patch),
  del('/api/v1/contacts/:id', 'contacts', savedContacts.erase),
  post('/api/v1/contacts/:id/merges', 'contacts', merges.create),
  get('/api/v1/merges', 'read', merges.list),
  post('/api/v1/merges/:id/undo', 'contacts', merges.undo),
  get('/api/v1/contacts/:id/duplicates', 'read', duplicates.ofContact),
  get('/api/v1/duplicates', 'read', duplicates.list),
  get('/api/v1/duplicates/groups', 'read', duplicates.groups),
  get('/api/v1/duplicates/overview', 'read', duplicates.overview),
  post('/api/v1/duplicates/search', 'read', duplicates.like),
  post('/api/v1/duplicates/check', 'contacts', duplicates.check),
  put('/api/v1/duplicates/settings', 'administer', duplicates.changeSettings),
  get('/api/v1/duplicates/differences', 'read', duplicates.listDifferent),
  post('/api/v1/duplicates/differences', 'contacts', duplicates.differ),
  del('/api/v1/duplicates/differences/:id/:other_id', 'contacts', duplicates.takeBack),
  get('/api/v1/duplicates/merging', 'read', duplicates.runs),
  post('/api/v1/duplicates/merging', 'marketing', duplicates.mergeAll),
  post('/api/v1/duplicates/merging/:id/reversal', 'marketing', duplicates.undoRun),
  get('/api/v1/companies/:id/duplicates', 'read', companyDuplicates.ofCompany),
  post('/api/v1/companies/:id/merges', 'contacts', companyMerges.create),
  get('/api/v1/company-merges', 'read', companyMerges.list),
  post('/api/v1/company-merges/:id/undo', 'contacts', companyMerges.undo),
  get('/api/v1/company-duplicates', 'read', companyDuplicates.list),
  get('/api/v1/company-duplicates/overview', 'read', companyDuplicates.overview),
  post('/api/v1/company-duplicates/search', 'read', companyDuplicates.like),
  get('/api/v1/company-duplicates/differences', 'read', companyDuplicates.listDifferent),
  post('/api/v1/company-duplicates/differences', 'contacts', companyDuplicates.differ),
  del('/api/v1/company-duplicates/differences/:company_id/:other_company_id', 'contacts', companyDuplicates.takeBack),
  get('/api/v1/contacts/:id/timeline', 'read', events.timeline),
  get('/api/v1/contacts/:id/changes', 'read', contacts.changes),
  post('/api/v1/contacts/:id/tags', 'contacts', savedContacts.addTag),
  del('/api/v1/contacts/:id/tags/:tag', 'contacts', savedContacts.removeTag),
  get('/api/v1/companies', 'read', companies.list),
  post('/api/v1/companies', 'contacts', companyCards.create),
  get('/api/v1/companies/:id', 'read', companyCards.read),
  patch('/api/v1/companies/:id', 'contacts', companyCards.change),
  del('/api/v1/companies/:id', 'contacts', companyCards.remove),
  get('/api/v1/companies/:id/contacts', 'read', companyCards.people),
  get('/api/v1/companies/:id/deals', 'read', companyCards.deals),
  get('/api/v1/companies/:id/timeline', 'read', companyCards.timeline),
  get('/api/v1/companies/:id/changes', 'read', companyCards.changes),
  get('/api/v1/tags', 'read', contacts.tags),
  post('/api/v1/tags', 'contacts', contacts.addTag),
  patch('/api/v1/tags/:id', 'contacts', contacts.changeTag),
  del('/api/v1/tags/:id', 'marketing', savedContacts.deleteTag),
  get('/api/v1/custom-fields', 'read', contacts.customFields),
  post('/api/v1/custom-fields', 'marketing', contacts.addCustomField),
  patch('/api/v1/custom-fields/:id', 'marketing', contacts.editCustomField),
  get('/api/v1/search', 'read', search.everything),

  // the data map
  get('/api/v1/data-quality', 'read', dataQuality.show),
  post('/api/v1/data-quality/count', 'marketing', dataQuality.count),
  get('/api/v1/data-quality/:finding/people', 'read', dataQuality.people),
  get('/api/v1/data-quality/:finding/ids', 'contacts', dataQuality.ids),
  get('/api/v1/data-map', 'read', dataMap.show),
  get('/api/v1/data-map/rules', 'read', dataMap.list),
  post('/api/v1/data-map/rules', 'marketing', dataMap.create),
  post('/api/v1/data-map/trials', 'marketing', dataMap.trial),
  patch('/api/v1/data-map/rules/:id', 'marketing', dataMap.change),
  del('/api/v1/data-map/rules/:id', 'marketing', dataMap.remove),

  // events
  post('/api/v1/events', 'contacts', events.intake),
  get('/api/v1/lag', 'read', events.lag),
  get('/api/v1/rejected-events', 'administer', events.rejected),
  post('/api/v1/rejected-events/retrials', 'administer', events.retryRejected),

  // pipelines, deals
  get('/api/v1/pipelines', 'read', deals.pipelines),
  post('/api/v1/pipelines', 'administer', deals.addPipeline),
  put('/api/v1/pipelines/:id', 'administer', deals.savePipeline),
  del('/api/v1/pipelines/:id', 'administer', deals.removePipeline),
  get('/api/v1/lost-reasons', 'read', deals.reasons),
  put('/api/v1/lost-reasons', 'administer', deals.saveReasons),
  get('/api/v1/deals', 'read', deals.list),
  post('/api/v1/deals', 'contacts', deals.create),
  post('/api/v1/deals/batch', 'contacts', deals.batch),
  get('/api/v1/deals/sums', 'read', deals.sums),
  get('/api/v1/deals/:id', 'read', deals.read),
  get('/api/v1/deals/:id/stages', 'read', deals.stages),
  get('/api/v1/deals/:id/timeline', 'read', deals.timeline),
  patch('/api/v1/deals/:id', 'contacts', deals.change),
  del('/api/v1/deals/:id', 'contacts', deals.remove),
  post('/api/v1/deals/:id/winning', 'contacts', deals.win),
  post('/api/v1/deals/:id/loss', 'contacts', deals.lose),

  // coupons
  get('/api/v1/coupon-pools', 'read', coupons.pools),
  post('/api/v1/coupon-pools', 'marketing', coupons.addPool),
  get('/api/v1/coupon-pools/:id', 'read', coupons.readPool),
  patch('/api/v1/coupon-pools/:id', 'marketing', coupons.editPool),
  post('/api/v1/coupon-pools/:id/codes', 'marketing', coupons.addPoolCodes),
  get('/api/v1/coupon-pools/:id/people', 'read', coupons.people),
  get('/api/v1/coupons', 'read', coupons.list),
  post('/api/v1/coupons', 'contacts', coupons.give),

  // webhooks
  get('/api/v1/webhook-calls', 'marketing', webhooks.list),
  get('/api/v1/webhook-calls/:id', 'marketing', webhooks.read),
  post('/api/v1/webhook-calls/:id/retrial', 'marketing', webhooks.again),
  post('/api/v1/webhook-samples', 'marketing', webhooks.sample),
  get('/api/v1/webhook-settings', 'administer', webhooks.settings),
  put('/api/v1/webhook-settings', 'administer', webhooks.changeSettings),
  post('/api/v1/webhook-settings/secret', 'administer', webhooks.rotate),

  // notes, calls and files
  get('/api/v1/contacts/:id/notes', 'read', notes.ofContact.list),
  post('/api/v1/contacts/:id/notes', 'contacts', notes.ofContact.create),
  patch('/api/v1/contacts/:id/notes/:note', 'contacts', notes.ofContact.change),
  del('/api/v1/contacts/:id/notes/:note', 'contacts', notes.ofContact.remove),
  get('/api/v1/contacts/:id/files', 'read', notes.ofContact.files),
  post('/api/v1/contacts/:id/files', 'contacts', notes.ofContact.upload),
  get('/api/v1/contacts/:id/files/:file', 'read', notes.ofContact.file),
  del('/api/v1/contacts/:id/files/:file', 'contacts', notes.ofContact.removeFile),
  get('/api/v1/companies/:id/notes', 'read', notes.ofCompany.list),
  post('/api/v1/companies/:id/notes', 'contacts', notes.ofCompany.create),
  patch('/api/v1/companies/:id/notes/:note', 'contacts', notes.ofCompany.change),
  del('/api/v1/companies/:id/notes/:note', 'contacts', notes.ofCompany.remove),
  get('/api/v1/companies/:id/files', 'read', notes.ofCompany.files),
  post('/api/v1/companies/:id/files', 'contacts', notes.ofCompany.upload),
  get('/api/v1/companies/:id/files/:file', 'read', notes.ofCompany.file),
  del('/api/v1/companies/:id/files/:file', 'contacts', notes.ofCompany.removeFile),
  get('/api/v1/deals/:id/notes', 'read', notes.ofDeal.list),
  post('/api/v1/deals/:id/notes', 'contacts', notes.ofDeal.create),
  patch('/api/v1/deals/:id/notes/:note', 'contacts', notes.ofDeal.change),
  del('/api/v1/deals/:id/notes/:note', 'contacts', notes.ofDeal.remove),
  get('/api/v1/deals/:id/files', 'read', notes.ofDeal.files),
  post('/api/v1/deals/:id/files', 'contacts', notes.ofDeal.upload),
  get('/api/v1/deals/:id/files/:file', 'read', notes.ofDeal.file),
  del('/api/v1/deals/:id/files/:file', 'contacts', notes.ofDeal.removeFile),

  // leads, tasks, notifications
  get('/api/v1/leads', 'read', leads.list),
  post('/api/v1/leads', 'contacts', leads.create),
  get('/api/v1/leads/counts', 'read', leads.counts),
  get('/api/v1/leads/labels', 'read', leads.labels),
  post('/api/v1/leads/changes', 'contacts', leads.changeMany),
  post('/api/v1/leads/routing', 'contacts', routing.give),
  get('/api/v1/routing-rules', 'read', routing.list),
  put('/api/v1/routing-rules', 'administer', routing.change),
  get('/api/v1/leads/:id', 'read', leads.read),
  get('/api/v1/leads/:id/routing', 'read', routing.tryOut),
  patch('/api/v1/leads/:id', 'contacts', leads.change),
  post('/api/v1/leads/:id/conversion', 'contacts', leads.convert),
  del('/api/v1/leads/:id/conversion', 'contacts', leads.revert),
  get('/api/v1/lead-settings', 'read', leads.settings),
  get('/api/v1/lead-reaction', 'read', reaction.settings),
  put('/api/v1/lead-reaction', 'administer', reaction.changeSettings),
  put('/api/v1/lead-settings', 'administer', leads.changeSettings),
  get('/api/v1/tasks', 'read', activities.tasks),
  post('/api/v1/tasks', 'contacts', activities.createTask),
  post('/api/v1/tasks/readings', 'read', taskReadings.read),
  get('/api/v1/tasks/counts', 'read', activities.counts),
  post('/api/v1/tasks/changes', 'contacts', activities.changeMany),
  get('/api/v1/tasks/:id', 'read', activities.showTask),
  patch('/api/v1/tasks/:id', 'contacts', activities.changeTask),
  del('/api/v1/tasks/:id', 'contacts', activities.deleteTask),
  get('/api/v1/calendar-feed', 'read', calendarFeed.show),
  post('/api/v1/calendar-feed', 'read', calendarFeed.renew),
  del('/api/v1/calendar-feed', 'read', calendarFeed.remove),
  get('/ical/:token', 'public', calendarFeed.read),
  post('/api/v1/tasks/:id/completion', 'contacts', activities.complete),
  del('/api/v1/tasks/:id/completion', 'contacts', activities.reopen),
  get('/api/v1/notifications', 'read', activities.notifications),
  post('/api/v1/notifications/reading', 'read', activities.readAll),
]
