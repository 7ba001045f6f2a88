import type { Role } from '../../shared/staff.ts'

const marketing: Role[] = ['administrator', 'marketer']
const administer: Role[] = ['administrator']

/** The menu of the settings, in its order. Labels: `sections.<key>` in the translations of `company`; routes: web/app/routes.tsx. */
export const settingsSections: { key: string, to: string, roles?: Role[] }[] = [
  { key: 'company', to: '/settings' },
  { key: 'people', to: '/settings/people', roles: administer },
  { key: 'rights', to: '/settings/rights', roles: administer },
  { key: 'routing', to: '/settings/routing', roles: administer },
  { key: 'sending', to: '/settings/sending', roles: administer },
  { key: 'senders', to: '/settings/senders', roles: administer },
  { key: 'sending_rules', to: '/settings/sending-rules', roles: administer },
  { key: 'alerts', to: '/settings/alerts', roles: administer },
  { key: 'incoming', to: '/settings/incoming', roles: administer },
  { key: 'topics', to: '/settings/topics', roles: marketing },
  { key: 'suppressions', to: '/settings/suppressions', roles: marketing },
  { key: 'fields', to: '/settings/fields', roles: marketing },
  { key: 'data_map', to: '/settings/data-map', roles: marketing },
  { key: 'data_quality', to: '/settings/data-quality' },
  { key: 'features', to: '/settings/features', roles: marketing },
  { key: 'snippets', to: '/settings/snippets', roles: ['administrator', 'marketer', 'manager'] },
  { key: 'tags', to: '/settings/tags' },
  { key: 'pipelines', to: '/settings/pipelines' },
  { key: 'webhooks', to: '/settings/webhooks', roles: marketing },
  { key: 'api_keys', to: '/settings/api-keys', roles: administer },
  { key: 'profile', to: '/settings/profile' },
]
