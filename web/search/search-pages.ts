import { useQuery } from '@tanstack/react-query'
import { IconSettings } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { otherLayout, searchFold, searchStem } from '../../shared/search-fold.ts'
import { addLanguage } from '../app/i18n.ts'
import { navigation } from '../app/navigation.ts'
import { useSession } from '../app/session.tsx'
import { settingsSections } from '../company/settings-sections.ts'

export type FoundPage = { to: string, label: string, icon: Icon }

/** Pages and sections of the settings this person may open, by their names in both languages; nothing typed: the menu. */
export function useFoundPages(typed: string): FoundPage[] {
  const { i18n } = useTranslation()
  const { user } = useSession()
  const other = i18n.language === 'ru' ? 'en' : 'ru'
  const { isSuccess } = useQuery({ queryKey: ['translations', other], queryFn: async () => { await addLanguage(other); return true }, enabled: typed !== '', staleTime: Infinity })
  const named = (key: string, namespace: string) => [i18n.language, ...isSuccess ? [other] : []].map(language => i18n.getFixedT(language, namespace)(key))
  const menu = navigation.flatMap(group => group.items).map(item => ({ to: item.to, names: named(`menu.${item.key}`, 'app'), icon: item.icon }))
  if (typed === '') return menu.map(({ to, names, icon }) => ({ to, icon, label: names[0]! }))
  const sections = settingsSections
    .filter(section => section.roles === undefined || section.roles.includes(user.role))
    .map(section => ({ to: section.to, names: named(`sections.${section.key}`, 'company'), icon: IconSettings }))
  return [...menu, ...sections].filter(page => page.names.some(name => isNamed(name, typed))).map(({ to, names, icon }) => ({ to, icon, label: names[0]! }))
}

/** Whether words of the name begin with every word typed. */
export function isNamed(name: string, typed: string): boolean {
  const words = name.split(/[^\p{L}\p{N}]+/u).map(word => searchFold(word))
  return typed.split(/\s+/).every(word => [word, otherLayout(word) ?? ''].map(searchStem).some(stem => stem !== '' && words.some(each => each.startsWith(stem))))
}
