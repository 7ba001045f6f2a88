import { createBrowserRouter } from 'react-router'
import type { RouteObject } from 'react-router'
import type { ComponentType } from 'react'
import { Gate } from './gate.tsx'
import { NotFoundPage, RouteErrorPage } from './error-page.tsx'

/** A page is loaded when it is first opened; its module exports it as `Page`. */
const page = (path: string, load: () => Promise<{ Page: ComponentType }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).Page }),
  errorElement: <RouteErrorPage />,
})

const pages: RouteObject[] = [
  page('/', () => import('../start/start-page.tsx')),

  // contacts, leads, tasks
  page('/contacts', () => import('../contacts/contacts-page.tsx')),
  page('/contacts/:id', () => import('../contacts/contact-page.tsx')),
  page('/bulk-actions', () => import('../bulk/bulk-actions-page.tsx')),
  page('/companies/:id', () => import('../companies/company-page.tsx')),
  page('/duplicates', () => import('../duplicates/duplicates-page.tsx')),
  page('/leads', () => import('../leads/leads-page.tsx')),
  page('/day', () => import('../activities/day-page.tsx')),
  page('/calendar', () => import('../activities/calendar-page.tsx')),
  page('/tasks', () => import('../activities/tasks-page.tsx')),
  page('/deals', () => import('../deals/deals-page.tsx')),
  page('/deals/:id', () => import('../deals/deal-page.tsx')),

  // coupons
  page('/coupons', () => import('../coupons/pools-page.tsx')),
  page('/coupons/:id', () => import('../coupons/pool-page.tsx')),

  // segments
  page('/segments', () => import('../segments/segments-page.tsx')),
  page('/segments/new', () => import('../segments/new-segment-page.tsx')),
  page('/segments/:id', () => import('../segments/segment-page.tsx')),

  // imports
  page('/imports', () => import('../imports/imports-page.tsx')),
  page('/imports/mappings', () => import('../imports/mappings-page.tsx')),
  page('/imports/:id', () => import('../imports/import-page.tsx')),

  // journeys
  page('/journeys', () => import('../journeys/journeys-page.tsx')),
  page('/journeys/:id', () => import('../journeys/journey-page.tsx')),
  page('/journeys/:id/ledger', () => import('../journeys/ledger-page.tsx')),

  // campaigns
  page('/campaigns', () => import('../campaigns/campaigns-page.tsx')),
  page('/campaigns/:id', () => import('../campaigns/campaign-page.tsx')),
  page('/campaigns/:id/ledger', () => import('../campaigns/ledger-page.tsx')),

  // templates, test mailbox
  page('/templates', () => import('../templates/templates-page.tsx')),
  page('/templates/files', () => import('../templates/files-page.tsx')),
  page('/templates/:id', () => import('../templates/template-page.tsx')),
  page('/inbound', () => import('../inbound/inbound-page.tsx')),
  page('/mailbox', () => import('../test-mailbox/mailbox-page.tsx')),
  page('/mailbox/:id', () => import('../test-mailbox/mailbox-page.tsx')),

  // forms
  page('/forms', () => import('../forms/forms-page.tsx')),
  page('/forms/:id', () => import('../forms/form-page.tsx')),

  // reports
  page('/reports', () => import('../reports/reports-page.tsx')),
  page('/reactions', () => import('../leads/reaction-page.tsx')),
  page('/sales', () => import('../reports/sales-page.tsx')),

  // deliverability
  page('/deliverability', () => import('../reputation/deliverability-page.tsx')),
  page('/deliverability/hygiene', () => import('../hygiene/hygiene-page.tsx')),
  page('/deliverability/dmarc', () => import('../reputation/dmarc-page.tsx')),
  page('/deliverability/placement', () => import('../reputation/placement-page.tsx')),
  page('/deliverability/placement/:id', () => import('../reputation/placement-test-page.tsx')),

  // settings
  {
    path: '/settings',
    lazy: async () => ({ Component: (await import('../company/settings-layout.tsx')).Page }),
    errorElement: <RouteErrorPage />,
    children: [
      page('', () => import('../company/company-page.tsx')),
      page('people', () => import('../staff/people-page.tsx')),
      page('rights', () => import('../staff/rights-page.tsx')),
      page('routing', () => import('../routing/routing-page.tsx')),
      page('sending', () => import('../delivery/sending-page.tsx')),
      page('senders', () => import('../senders/senders-page.tsx')),
      page('sending-rules', () => import('../senders/sending-rules-page.tsx')),
      page('incoming', () => import('../inbound/incoming-settings-page.tsx')),
      page('sending/domains/:id', () => import('../delivery/domain-page.tsx')),
      page('topics', () => import('../consent/topics-page.tsx')),
      page('suppressions', () => import('../consent/suppressions-page.tsx')),
      page('fields', () => import('../contacts/custom-fields-page.tsx')),
      page('features', () => import('../features/features-page.tsx')),
      page('data-map', () => import('../data-map/data-map-page.tsx')),
      page('data-quality', () => import('../data-quality/data-quality-page.tsx')),
      page('exports', () => import('../exports/exports-page.tsx')),
      page('snippets', () => import('../templates/snippets-page.tsx')),
      page('tags', () => import('../contacts/tags-page.tsx')),
      page('pipelines', () => import('../deals/pipelines-page.tsx')),
      page('alerts', () => import('../alerts/alerts-page.tsx')),
      page('webhooks', () => import('../webhooks/webhooks-page.tsx')),
      page('api-keys', () => import('../staff/api-keys-page.tsx')),
      page('profile', () => import('../staff/profile-page.tsx')),
    ],
  },

  { path: '*', Component: NotFoundPage },
]

export const router = createBrowserRouter([{ Component: Gate, errorElement: <RouteErrorPage />, hydrateFallbackElement: <></>, children: pages }])
