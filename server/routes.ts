import type { RouteLine } from './base/route.ts'
import { del, get, patch, post, put } from './base/route.ts'
import * as live from './base/live.routes.ts'
import * as company from './company/company.routes.ts'
import * as consents from './consent/consents.routes.ts'
import * as suppressions from './consent/suppressions.routes.ts'
import * as topics from './consent/topics.routes.ts'
import * as setUp from './flows/set-up.routes.ts'
import * as segments from './segments/segments.routes.ts'
import * as staff from './staff/staff.routes.ts'
import * as templates from './templates/templates.routes.ts'

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
  get('/api/v1/api-keys', 'administer', staff.listApiKeys),
  post('/api/v1/api-keys', 'administer', staff.createApiKey),
  del('/api/v1/api-keys/:id', 'administer', staff.revokeApiKey),

  // company
  get('/api/v1/company', 'read', company.show),
  patch('/api/v1/company', 'administer', company.change),
  get('/api/v1/live', 'read', live.stream),

  // segments
  get('/api/v1/conditions/vocabulary', 'read', segments.vocabulary),
  get('/api/v1/segments', 'read', segments.listAll),
  post('/api/v1/segments', 'marketing', segments.create),
  post('/api/v1/segments/preview', 'read', segments.preview),
  get('/api/v1/segments/:id', 'read', segments.read),
  put('/api/v1/segments/:id', 'marketing', segments.change),
  del('/api/v1/segments/:id', 'marketing', segments.remove),
  post('/api/v1/segments/:id/recomputation', 'marketing', segments.recompute),
  get('/api/v1/segments/:id/contacts', 'read', segments.members),
  get('/api/v1/segments/:id/explanation', 'read', segments.explanation),

  // consent
  get('/api/v1/topics', 'read', topics.listAll),
  post('/api/v1/topics', 'marketing', topics.create),
  patch('/api/v1/topics/:id', 'marketing', topics.change),
  get('/api/v1/suppressions', 'read', suppressions.listAll),
  post('/api/v1/suppressions', 'marketing', suppressions.add),
  del('/api/v1/suppressions/:email', 'marketing', suppressions.remove),
  get('/api/v1/contacts/:id/consents', 'read', consents.ofContact),

  // templates
  get('/api/v1/templates', 'read', templates.list),
  post('/api/v1/templates', 'marketing', templates.create),
  get('/api/v1/templates/fields', 'read', templates.fields),
  post('/api/v1/templates/preview', 'read', templates.preview),
  get('/api/v1/templates/:id', 'read', templates.show),
  patch('/api/v1/templates/:id', 'marketing', templates.change),
  put('/api/v1/templates/:id/archiving', 'marketing', templates.archive),
  del('/api/v1/templates/:id/archiving', 'marketing', templates.restore),
  get('/api/v1/templates/:id/versions', 'read', templates.versions),
  get('/api/v1/templates/:id/versions/:version_id', 'read', templates.versionDocument),
]
