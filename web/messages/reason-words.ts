import { useTranslation } from 'react-i18next'

/** "unknown_recipient: 550 5.1.1 no such user" → what it means, and the words of the server behind it. */
export function useReasonWords(): (note: string) => string {
  const { t, i18n } = useTranslation('messages')
  return (note) => {
    const colon = note.indexOf(': ')
    const code = colon === -1 ? note : note.slice(0, colon)
    const words = i18n.exists(`messages:reasons.${code}`) ? t(`reasons.${code}`) : code
    return colon === -1 ? words : `${words} (${note.slice(colon + 2)})`
  }
}
