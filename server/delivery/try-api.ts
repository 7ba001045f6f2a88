import type { SendingTestResult } from '../../shared/delivery.ts'
import type { SenderAccount } from '../../shared/senders.ts'
import { ApiTransport } from './api-transport.ts'
import type { Sender } from './compose-mail.ts'
import { testMail, words } from './try-sending.ts'

type Reader = 'en' | 'ru'

/** Hands a test mail to a provider's API and says what came of it and what to do. */
export async function tryApi(account: Exclude<SenderAccount, { kind: 'smtp' }>, sender: Sender | null, to: string, reader: Reader, now: Date): Promise<SendingTestResult> {
  const started = performance.now()
  const result = (steps: SendingTestResult['steps'], rest: Pick<SendingTestResult, 'ok' | 'code' | 'message' | 'advice'>): SendingTestResult => ({ steps, secured: !account.endpoint.startsWith('http:'), took_ms: Math.round(performance.now() - started), ...rest })
  if (!sender) return result([], { ok: false, code: 'no_sender', message: words.no_sender[reader], advice: null })
  const transport = new ApiTransport(account, 1, () => now)
  const mail = await transport.send({ from: sender.address, to, utf8: false, content: [await testMail(sender, to, reader, now)] }).finally(() => transport.end())
  const reached = mail.kind !== 'not_sent'
  const steps: SendingTestResult['steps'] = [{ step: 'connect', ok: reached }, ...(reached ? [{ step: 'content' as const, ok: mail.kind === 'sent' }] : [])]
  if (mail.kind === 'sent') return result(steps, { ok: true, code: null, message: `${words.sent[reader]} ${mail.detail}`.trim(), advice: null })
  const code = mail.kind === 'held' || mail.kind === 'failed' || mail.kind === 'bounced' || mail.kind === 'deferred' ? mail.reason : mail.kind
  return result(steps, { ok: false, code, message: mail.detail, advice: advice[code]?.[reader] ?? null })
}

const advice: Record<string, Record<Reader, string>> = {
  authentication: { en: 'Check the key, the region and the domain: the provider does not know them together.', ru: 'Проверьте ключ, регион и домен: вместе провайдер их не узнаёт.' },
  sender_refused: { en: "Have the company's sending address or its domain confirmed with the provider.", ru: 'Подтвердите у провайдера адрес отправителя компании или его домен.' },
  quota: { en: 'The account has no quota left: raise it with the provider.', ru: 'Лимит аккаунта исчерпан: увеличьте его у провайдера.' },
  rate: { en: 'The provider asks to send more slowly: set a limit per second.', ru: 'Провайдер просит отправлять медленнее: задайте лимит в секунду.' },
  down: { en: 'The provider does not answer as it should: check the address of the API, or try later.', ru: 'Провайдер отвечает не так, как должен: проверьте адрес API или попробуйте позже.' },
  not_sent: { en: 'There is no connection to the provider: check the address of the API and the network of this machine.', ru: 'Нет соединения с провайдером: проверьте адрес API и сеть этой машины.' },
  unknown: { en: 'The provider did not answer in time; the mail may have arrived.', ru: 'Провайдер не ответил вовремя; письмо могло дойти.' },
}
