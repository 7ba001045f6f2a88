import { useTranslation } from 'react-i18next'
import type { MailWhy } from '../../shared/messages.ts'
import { useFormat } from '../ui/format.ts'
import { serverWords } from '../ui/server-words.ts'
import { useReasonWords } from './reason-words.ts'

const ofAddress = new Set(['hard_bounce', 'complaint', 'suppressed'])

/**
 * Why a mail waits, was left out or did not arrive, as one sentence, and the words of the server beside it. Null: there is
 * nothing to explain. The one place where these sentences are made: ledgers, the card and the timeline show them.
 */
export function useWhyWords(): (why: MailWhy) => { sentence: string | null, words: string | null } {
  const { t, i18n } = useTranslation('messages')
  const format = useFormat()
  const reasons = useReasonWords()
  const small = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
  return (why) => {
    const words = why.words === null || why.words === '' ? null : serverWords(why.words)
    const topic = why.topic === null ? '' : i18n.language === 'ru' ? why.topic.name_ru : why.topic.name_en
    const values = {
      until: why.until === null ? '' : format.dayAndTime(why.until), since: why.since === null ? '' : format.day(why.since), topic,
      zone: why.zone ?? '', provider: why.provider ?? '', most: why.most === null ? '' : format.number(why.most), days: why.days ?? '',
    }
    const { state, reason } = why
    if (state === 'sent' || state === 'sending') return { sentence: null, words: null }
    if (state === 'queued') {
      if (reason === null) return { sentence: why.until !== null && Date.parse(why.until) > Date.now() ? t('why.in_turn_until', values) : t('why.in_turn'), words }
      if (reason === 'provider_limit' && why.most === null) return { sentence: t('why.provider_limit_free', values), words }
      const own = i18n.exists(`messages:why.${reason}`)
      return { sentence: own ? t(`why.${reason}`, values) : t('why.later', { ...values, reason: reasons(reason) }), words }
    }
    // The consent or suppression of then may stand no more; its day and topic are said while it does.
    if (state === 'skipped' && (why.since !== null || reason === 'no_consent') && (why.topic !== null || ofAddress.has(reason ?? ''))) return { sentence: t(`why.${reason}`, values), words }
    return { sentence: t(`why.${state}`, { reason: small(reasons(reason ?? 'unknown')) }), words }
  }
}
