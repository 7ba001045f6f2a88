import { useTranslation } from 'react-i18next'

/** Who did something, as the program notes it (`user:3`, `import:7`), in words. */
export function useByWords() {
  const { t, i18n } = useTranslation('contacts')
  return (by: string, name: string | null): string => {
    if (name !== null) return name
    const [kind, number] = by.split(':')
    const key = `by.${kind}`
    return i18n.exists(`contacts:${key}`) ? t(key, { number: number ?? '' }).trim() : by
  }
}
