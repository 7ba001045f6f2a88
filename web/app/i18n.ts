import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import dayjs from 'dayjs'
import 'dayjs/locale/ru'
import type { Language } from '../../shared/company.ts'

const storageKey = 'otklik-language'

/** The language of the screen: what the person chose, else what the browser asks for. After sign-in the account decides. */
export function initialLanguage(): Language {
  const chosen = readStorage()
  if (chosen === 'en' || chosen === 'ru') return chosen
  return navigator.languages.some(tag => /^(ru|be|kk|uk)\b/i.test(tag)) ? 'ru' : 'en'
}

function readStorage(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

const load = {
  en: () => import('./translations-en.ts'),
  ru: () => import('./translations-ru.ts'),
}

export async function startTranslations(): Promise<void> {
  const language = initialLanguage()
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: (await load[language]()).default },
    defaultNS: 'app',
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  applyLanguage(language)
}

/** The words of a language beside those of the one that is shown. */
export async function addLanguage(language: Language): Promise<void> {
  const namespaces = (await load[language]()).default as Record<string, Record<string, unknown>>
  for (const [namespace, entries] of Object.entries(namespaces)) i18next.addResourceBundle(language, namespace, entries, true, true)
}

export async function changeLanguage(language: Language): Promise<void> {
  if (i18next.language === language) return
  await addLanguage(language)
  await i18next.changeLanguage(language)
  applyLanguage(language)
  try {
    localStorage.setItem(storageKey, language)
  } catch { /* storage may be closed to us */ }
}

function applyLanguage(language: Language): void {
  document.documentElement.lang = language
  dayjs.locale(language)
}
