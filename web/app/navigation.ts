import {
  IconAddressBook, IconArrowsJoin2, IconBriefcase, IconChartBar, IconChecklist, IconClockCheck, IconFilter, IconForms, IconHome, IconInbox, IconMail, IconMessageReply, IconReportMoney, IconRoute, IconSend, IconSettings, IconShieldCheck, IconTargetArrow, IconTicket, IconUpload,
} from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import type { Permission } from './session.tsx'

export type NavigationItem = { key: string, to: string, icon: Icon, permission?: Permission, /** other pages it stands for */ also?: string[] }

/** The menu, in its order. Labels: `menu.<key>` in the translations of `app`. */
export const navigation: { key: string, items: NavigationItem[] }[] = [
  { key: 'top', items: [{ key: 'start', to: '/', icon: IconHome }, { key: 'day', to: '/day', icon: IconChecklist, also: ['/calendar', '/tasks'] }] },
  {
    key: 'people',
    items: [
      { key: 'contacts', to: '/contacts', icon: IconAddressBook },
      { key: 'segments', to: '/segments', icon: IconFilter },
      { key: 'leads', to: '/leads', icon: IconTargetArrow },
      { key: 'deals', to: '/deals', icon: IconBriefcase },
      { key: 'duplicates', to: '/duplicates', icon: IconArrowsJoin2 },
      { key: 'imports', to: '/imports', icon: IconUpload, permission: 'marketing' },
    ],
  },
  {
    key: 'mail',
    items: [
      { key: 'journeys', to: '/journeys', icon: IconRoute },
      { key: 'campaigns', to: '/campaigns', icon: IconSend },
      { key: 'templates', to: '/templates', icon: IconMail },
      { key: 'coupons', to: '/coupons', icon: IconTicket },
      { key: 'forms', to: '/forms', icon: IconForms },
      { key: 'inbound', to: '/inbound', icon: IconMessageReply, permission: 'contacts' },
      { key: 'mailbox', to: '/mailbox', icon: IconInbox },
    ],
  },
  {
    key: 'results',
    items: [
      { key: 'reports', to: '/reports', icon: IconChartBar },
      { key: 'sales', to: '/sales', icon: IconReportMoney },
      { key: 'reactions', to: '/reactions', icon: IconClockCheck },
      { key: 'deliverability', to: '/deliverability', icon: IconShieldCheck },
      { key: 'settings', to: '/settings', icon: IconSettings },
    ],
  },
]
