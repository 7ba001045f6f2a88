import type { SendingTestResult } from '../../shared/delivery.ts'
import type { Sender } from './compose-mail.ts'
import { ownMail } from './own-mail.ts'
import { SmtpConnection, SmtpError, refusal } from './smtp-connection.ts'
import type { SmtpPhase } from './smtp-reply.ts'
import type { SmtpSettings } from './smtp-settings.ts'

type Reader = 'en' | 'ru'
const timeouts = { connect: 8_000, reply: 8_000, content: 15_000 }

/** Goes through a conversation with the server step by step, a mail included when `to` is given, and says where it failed and what to do. */
export async function trySending(smtp: SmtpSettings, sender: Sender | null, to: string | null, reader: Reader, now: Date): Promise<SendingTestResult> {
  const started = performance.now()
  const steps: SendingTestResult['steps'] = []
  const begin = (step: SmtpPhase | 'connect') => {
    const last = steps.at(-1)
    if (last) last.ok = true
    steps.push({ step, ok: false })
  }
  let connection: SmtpConnection | null = null
  const result = (rest: Pick<SendingTestResult, 'ok' | 'code' | 'message' | 'advice'>): SendingTestResult => ({ steps, secured: connection?.secured ?? false, took_ms: Math.round(performance.now() - started), ...rest })
  try {
    connection = await SmtpConnection.open(smtp, timeouts, begin)
    if (to !== null) {
      if (!sender) return result({ ok: false, code: 'no_sender', message: words.no_sender[reader], advice: null })
      for (const [phase, line, expected] of [['mail', `MAIL FROM:<${sender.address}>`, 250], ['rcpt', `RCPT TO:<${to}>`, 250], ['data', 'DATA', 354]] as const) {
        begin(phase)
        const reply = await connection.command(phase, line)
        if (reply.code !== expected && !(expected === 250 && reply.code === 251)) throw refusal(phase, reply)
      }
      begin('content')
      const answer = connection.reply('content')
      connection.write(await testMail(sender, to, reader, now))
      connection.write('.\r\n')
      const reply = await answer
      if (reply.code >= 300) throw refusal('content', reply)
    }
    steps.at(-1)!.ok = true
    return result({ ok: true, code: null, message: (to === null ? words.connected : words.sent)[reader], advice: connection.secured || smtp.user === '' ? null : words.open_line[reader] })
  } catch (error) {
    const failure = error instanceof SmtpError ? error : new SmtpError('connect', 'unreachable', String(error))
    return result({ ok: false, code: failure.code, message: failure.message, advice: adviceFor(failure, smtp)[reader] })
  } finally {
    connection?.quit()
  }
}

export const testMail = (sender: Sender, to: string, reader: Reader, now: Date): Promise<Buffer> =>
  ownMail(sender, { to, subject: words.subject[reader], text: words.body[reader], html: `<p>${words.body[reader]}</p>`, kind: 'test' }, now)

type Words = Record<Reader, string>
export const words = {
  connected: { en: 'The server can be reached and takes the sign-in.', ru: 'Сервер доступен, вход выполнен.' },
  sent: { en: 'The server took the test mail.', ru: 'Сервер принял пробное письмо.' },
  no_sender: { en: "The company's sending address is not a valid address.", ru: 'Адрес отправителя компании указан неверно.' },
  open_line: { en: 'The connection is not encrypted: the password travels in the open.', ru: 'Соединение не зашифровано: пароль передаётся открыто.' },
  subject: { en: 'Otklik can send mail', ru: 'Отклик может отправлять письма' },
  body: { en: 'This is a test. Sending works.', ru: 'Это проверка. Отправка работает.' },
} satisfies Record<string, Words>

function adviceFor(error: SmtpError, smtp: SmtpSettings): Words {
  if (error.code === 'certificate') return { en: 'Use the name the certificate was made for, or switch off its check for a server you trust.', ru: 'Укажите имя, на которое выдан сертификат, или отключите его проверку для сервера, которому доверяете.' }
  if (error.code === 'no_starttls') return { en: 'Choose TLS from the start (usually port 465), or no encryption if the server is in your own network.', ru: 'Выберите TLS с начала соединения (обычно порт 465) или работу без шифрования, если сервер в вашей сети.' }
  if (error.code === 'no_authentication') return { en: smtp.security === 'none' ? 'Many servers offer sign-in only over an encrypted connection: switch on STARTTLS.' : 'Leave user name and password empty if the server asks for none.', ru: smtp.security === 'none' ? 'Многие серверы разрешают вход только по шифрованному соединению: включите STARTTLS.' : 'Если сервер не требует входа, оставьте имя и пароль пустыми.' }
  if (error.code === 'not_smtp') return { en: 'Something else than a mail server answers there, or it expects TLS from the start: check the port.', ru: 'По этому адресу отвечает не почтовый сервер, либо он ждёт TLS с начала соединения: проверьте порт.' }
  if (error.phase === 'connect') {
    return /ENOTFOUND|EAI_AGAIN/.test(error.message)
      ? { en: 'There is no server of this name: check the spelling.', ru: 'Сервера с таким именем нет: проверьте написание.' }
      : { en: 'Check the name and the port. Many hosting companies block port 25: try 587 or 465.', ru: 'Проверьте имя и порт. Многие хостинги блокируют порт 25: попробуйте 587 или 465.' }
  }
  if (error.code === 'timeout' && error.phase === 'greeting') return { en: 'The server is silent. With port 465 choose TLS from the start.', ru: 'Сервер молчит. Для порта 465 выберите TLS с начала соединения.' }
  if (error.phase === 'auth') return { en: 'Check user name and password. Gmail, Yandex and Mail.ru want an app password made for this.', ru: 'Проверьте имя и пароль. Gmail, Яндекс и Mail.ru требуют отдельный пароль для приложений.' }
  if (error.phase === 'mail') return { en: "The server does not let you send from this address. Use an address that belongs to the account, or have the domain added with the provider.", ru: 'Сервер не разрешает отправлять с этого адреса. Укажите адрес, принадлежащий учётной записи, или добавьте домен у провайдера.' }
  if (error.phase === 'rcpt') return { en: 'The server refused this recipient. Without sign-in it may only take mail for its own domain.', ru: 'Сервер отказался принять письмо для этого получателя. Без входа он может принимать почту только для своего домена.' }
  return { en: "Read the server's answer above; its provider's help explains it.", ru: 'Прочитайте ответ сервера выше: справка провайдера объясняет его.' }
}
