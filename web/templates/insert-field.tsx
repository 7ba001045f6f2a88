import { ActionIcon, Menu, ScrollArea, Tooltip } from '@mantine/core'
import { IconBraces } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { PersonalField } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'

const groups = ['contact', 'custom', 'orders', 'company', 'links'] as const

export function usePersonalFields(): PersonalField[] {
  return useQuery({ queryKey: ['template-fields'], queryFn: () => api.get<Page<PersonalField>>('/templates/fields'), staleTime: 60_000 }).data?.data ?? []
}

/** {{ contact.first_name | default: "friend" }}: with a fallback where the field may be empty. */
export function fieldText(field: PersonalField, friend: string): string {
  if (field.always || field.group === 'links') return `{{ ${field.path} }}`
  return `{{ ${field.path} | default: "${field.path === 'contact.first_name' ? friend : '…'}" }}`
}

/** A menu of everything known of the recipient; gives the text to put in. Keeps the place of the cursor. */
export function InsertField({ onInsert, locale }: { onInsert: (text: string) => void, locale: 'en' | 'ru' }) {
  const { t, i18n } = useTranslation('templates')
  const fields = usePersonalFields()
  const reader = i18n.language === 'ru' ? 'ru' : 'en'
  const friend = locale === 'ru' ? 'друг' : 'friend'
  return (
    <Menu position="bottom-end" width={270} returnFocus={false}>
      <Menu.Target>
        <Tooltip label={t('insert_field')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('insert_field')} onMouseDown={event => event.preventDefault()}><IconBraces size={17} stroke={1.7} /></ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={340}>
          {groups.map((group) => {
            const own = fields.filter(field => field.group === group)
            if (own.length === 0) return null
            return (
              <div key={group}>
                <Menu.Label>{t(`field_groups.${group}`)}</Menu.Label>
                {own.map(field => <Menu.Item key={field.path} onClick={() => onInsert(fieldText(field, friend))}>{field.label[reader]}</Menu.Item>)}
              </div>
            )
          })}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  )
}
