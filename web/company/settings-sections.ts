import type { Role } from '../../shared/staff.ts'

const marketing: Role[] = ['administrator', 'marketer']
const administer: Role[] = ['administrator']

/** Headings of the menu, in its order. Labels: `section_groups.<group>` in the translations of `company`. */
export const settingsGroups = ['company', 'cards', 'sales', 'mail', 'links', 'own'] as const

/** The menu of the settings, each heading's sections in their order. Labels: `sections.<key>` in the translations of `company`; routes: web/app/routes.tsx. */
export const settingsSections: { key: string, group: typeof settingsGroups[number], to: string, roles?: Role[] }[] = [
  { key: 'company', group: 'company', to: '/settings' },
  { key: 'people', group: 'company', to: '/settings/people', roles: administer },
  { key: 'rights', group: 'company', to: '/settings/rights', roles: administer },
  { key: 'alerts', group: 'company', to: '/settings/alerts', roles: administer },
  { key: 'fields', group: 'cards', to: '/settings/fields', roles: marketing },
  { key: 'data_map', group: 'cards', to: '/settings/data-map', roles: marketing },
  { key: 'data_quality', group: 'cards', to: '/settings/data-quality' },
  { key: 'features', group: 'cards', to: '/settings/features', roles: marketing },
  { key: 'tags', group: 'cards', to: '/settings/tags' },
  { key: 'exports', group: 'cards', to: '/settings/exports', roles: ['administrator', 'marketer', 'manager'] },
  { key: 'routing', group: 'sales', to: '/settings/routing', roles: administer },
  { key: 'pipelines', group: 'sales', to: '/settings/pipelines' },
  { key: 'sending', group: 'mail', to: '/settings/sending', roles: administer },
  { key: 'senders', group: 'mail', to: '/settings/senders', roles: administer },
  { key: 'sending_rules', group: 'mail', to: '/settings/sending-rules', roles: administer },
  { key: 'incoming', group: 'mail', to: '/settings/incoming', roles: administer },
  { key: 'topics', group: 'mail', to: '/settings/topics', roles: marketing },
  { key: 'suppressions', group: 'mail', to: '/settings/suppressions', roles: marketing },
  { key: 'snippets', group: 'mail', to: '/settings/snippets', roles: ['administrator', 'marketer', 'manager'] },
  { key: 'webhooks', group: 'links', to: '/settings/webhooks', roles: marketing },
  { key: 'api_keys', group: 'links', to: '/settings/api-keys', roles: administer },
  { key: 'profile', group: 'own', to: '/settings/profile' },
]
