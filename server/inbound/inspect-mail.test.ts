import { describe, expect, it, test } from 'vitest'
import { inspectMail } from './inspect-mail.ts'

type Headers = Record<string, string>

function mail(headers: Headers, body: string): Buffer {
  const all: Headers = { From: 'Anna Smith <anna@example.com>', To: 'shop@shop.example', Subject: 'Re: Your order', 'Content-Type': 'text/plain; charset=utf-8', ...headers }
  return Buffer.from(`${Object.entries(all).map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${body}`)
}

const report = (words: string, status: string, returned = 'From: shop@shop.example\nTo: anna@example.com\nSubject: Sale\nMessage-ID: <m1@shop.example>\n\nHello\n') => mail({
  From: 'MAILER-DAEMON@mx.example.com (Mail Delivery System)', Subject: 'Undelivered Mail Returned to Sender', 'Auto-Submitted': 'auto-replied', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary="b1"',
}, `--b1\nContent-Type: text/plain\n\n${words}\n\n--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n${status}\n\n--b1\nContent-Type: message/rfc822\n\n${returned}\n--b1--\n`)

const daemon = { From: 'Mail Delivery System <Mailer-Daemon@mx.example.com>', Subject: 'Mail delivery failed: returning message to sender', 'Return-Path': '<>' }
const first = (raw: Buffer) => {
  const { kind, recipients } = inspectMail(raw)
  return [kind, recipients[0]?.address, recipients[0]?.outcome, recipients[0]?.reason].join(' ')
}

describe('reports of RFC 3464', () => {
  it('give each recipient its outcome, reason, status and the words of the server', () => {
    const found = inspectMail(report('Two failed.', [
      'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <anna@example.com>: Recipient address\n    rejected: User unknown in virtual mailbox table',
      'Final-Recipient: rfc822; boris@example.com\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full',
      'Final-Recipient: rfc822; clara@example.com\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      'Final-Recipient: rfc822; dora@example.com\nAction: delivered\nStatus: 2.0.0',
    ].join('\n\n')))
    expect(found).toMatchObject({ kind: 'bounce', rule: 'delivery-status', returned: { message_id: 'm1@shop.example', subject: 'Sale' } })
    expect(found.recipients).toEqual([
      { address: 'anna@example.com', outcome: 'hard', reason: 'userunknown', status: '5.1.1', diagnostic: 'smtp; 550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown in virtual mailbox table' },
      { address: 'boris@example.com', outcome: 'soft', reason: 'mailboxfull', status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 Mailbox full' },
      { address: 'clara@example.com', outcome: 'failed_block', reason: 'blocked', status: '5.7.1', diagnostic: expect.stringContaining('zen.spamhaus.org') as string },
    ])
  })

  it('are a delay when nobody has failed yet', () => {
    expect(first(report('Will be retried.', 'Final-Recipient: rfc822; anna@example.com\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; connect to mx.example.com: Connection timed out'))).toBe('delay anna@example.com delayed networkerror')
  })

  it('name the address we wrote to, not the one it was forwarded to', () => {
    expect(first(report('Failed.', 'Original-Recipient: rfc822; anna@example.com\nFinal-Recipient: rfc822; a.smith@inner.example.com\nAction: failed\nStatus: 5.1.1'))).toBe('bounce anna@example.com hard userunknown')
  })

  it('take the reason from the words beside them when they give none', () => {
    expect(first(report('<anna@example.com>: host mx.example.com[192.0.2.3] said: 452 4.2.2 The recipient is over quota (in reply to RCPT TO command)', 'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.0.0'))).toBe('bounce anna@example.com soft mailboxfull')
  })

  it('say enough with a code alone, whatever disclaimer stands beside it', () => {
    const status = 'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1'
    expect(first(report('', status))).toBe('bounce anna@example.com hard userunknown')
    expect(first(report('anna@example.com\n\nThis email has been scanned for all viruses and potentially offensive content.', status))).toBe('bounce anna@example.com hard userunknown')
    expect(first(report('anna@example.com\n\n552 5.2.2 Mailbox full', status))).toBe('bounce anna@example.com soft mailboxfull')
  })

  it('are read where the address is none, and where Postfix looked in its own tables', () => {
    expect(first(report('Failed.', 'Final-Recipient: RFC822; anna@#example.com\nAction: failed\nStatus: 5.1.2\nDiagnostic-Code: SMTP; 550 Host unknown'))).toBe('bounce anna@#example.com hard hostunknown')
    expect(first(report('Failed.', 'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: X-Postfix; unknown user: "anna"'))).toBe('bounce anna@example.com hard userunknown')
    expect(first(report('Failed.', 'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: X-Postfix; host mx.example.com said: 550 User unknown (in reply to end of DATA command)'))).toBe('bounce anna@example.com soft filtered')
  })

  it('of success, and of being read, are no bounces', () => {
    expect(inspectMail(report('It arrived.', 'Final-Recipient: rfc822; anna@example.com\nAction: delivered\nStatus: 2.0.0')).kind).toBe('auto_reply')
    expect(inspectMail(mail({ Subject: 'Read: Sale', 'Content-Type': 'multipart/report; report-type=disposition-notification; boundary=b' }, '--b\nContent-Type: text/plain\n\nYour message was read.\n\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; anna@example.com\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n')).kind).toBe('auto_reply')
  })

  it('believe "user unknown" only as an answer to RCPT or with a code of addresses', () => {
    const status = (diagnostic: string) => `Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; ${diagnostic}`
    expect(first(report('Failed.', status('550 User unknown (in reply to RCPT TO command)')))).toBe('bounce anna@example.com hard userunknown')
    expect(first(report('Failed.', status('550 User unknown (in reply to end of DATA command)')))).toBe('bounce anna@example.com soft filtered')
  })

  it('are read whatever ends their lines, and when the boundary is not the one announced', () => {
    const raw = report('Failed.', 'Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1')
    const text = raw.toString()
    for (const other of [text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), text.replace('boundary="b1"', 'boundary="b2"'), `From MAILER-DAEMON Mon Jan  1 00:00:00 2026\n${text}`, text.replace('--b1--', '')]) {
      expect(first(Buffer.from(other))).toBe('bounce anna@example.com hard userunknown')
    }
  })
})

describe('reports in words', () => {
  test.each([
    ['Exim', daemon, 'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  anna@example.com\n    host mx.example.com [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<anna@example.com>:\n    550 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <shop@shop.example>\nReceived: from x by y\nFrom: shop@shop.example\nTo: anna@example.com\nSubject: Sale\n', 'bounce anna@example.com hard userunknown'],
    ['qmail', { From: 'MAILER-DAEMON@mx.example.com', Subject: 'failure notice' }, 'Hi. This is the qmail-send program at mx.example.com.\nI\'m afraid I wasn\'t able to deliver your message to the following addresses.\nThis is a permanent error; I\'ve given up. Sorry it didn\'t work out.\n\n<anna@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <shop@shop.example>\nReceived: (qmail 1 invoked by uid 0)\nFrom: shop@shop.example\nTo: anna@example.com\n', 'bounce anna@example.com hard userunknown'],
    ['Exchange', { From: 'System Administrator <postmaster@example.com>', Subject: 'Undeliverable: Sale' }, 'Your message\n\n  To:      anna@example.com\n  Subject: Sale\n  Sent:    Thu, 9 May 2025 23:34:45 +0300\n\ndid not reach the following recipient(s):\n\nanna@example.com on Thu, 9 May 2025 23:34:50 +0300\n    The recipient name is not recognized\n    MSEXCH:IMS:ORG:SITE:HOST 0 (000C05A6) Unknown Recipient\n', 'bounce anna@example.com hard userunknown'],
    ['mail.ru', { From: 'mailer-daemon@corp.mail.example', Subject: 'Mail failure.', 'X-Failed-Recipients': 'anna@example.com' }, 'This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n  anna@example.com\n    SMTP error from remote mail server after RCPT TO:<anna@example.com>:\n    550 Message was not accepted -- invalid mailbox.  Local mailbox anna@example.com is unavailable: user not found\n', 'bounce anna@example.com hard userunknown'],
    ['Gmail, full mailbox', { From: 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>', Subject: 'Delivery Status Notification (Failure)', 'X-Failed-Recipients': 'anna@example.com' }, '** Message not delivered **\n\nThe recipient\'s inbox is out of storage space and inactive.\n\nThe response from the remote server was:\n552 5.2.2 The email account that you tried to reach is over quota.\n', 'bounce anna@example.com soft mailboxfull'],
    ['a Russian one', { From: '=?utf-8?B?0J/QvtGH0YLQvtCy0LDRjyDRgdC40YHRgtC10LzQsA==?= <postmaster@example.com>', Subject: 'Недоставленное сообщение' }, 'Ваше письмо не может быть доставлено следующим получателям:\n\n  anna@example.com\n  550 5.1.1 Нет такого пользователя\n', 'bounce anna@example.com hard userunknown'],
    ['a German one', { From: 'postmaster@example.com', Subject: 'Unzustellbar: Angebot' }, 'Ihre Nachricht konnte nicht zugestellt werden.\n\nanna@example.com\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found #SMTP#\n', 'bounce anna@example.com hard userunknown'],
    ['a French one', { From: 'postmaster@example.com', Subject: 'Non remis : Offre' }, 'La remise a échoué pour ces destinataires :\n\nanna@example.com\nLa boîte aux lettres du destinataire est pleine et ne peut pas accepter de messages.\n', 'bounce anna@example.com soft mailboxfull'],
    ['sendmail', { From: 'Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>', Subject: 'Returned mail: see transcript for details' }, '   ----- The following addresses had permanent fatal errors -----\n<anna@example.com>\n    (reason: 550 5.1.1 <anna@example.com>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.com.:\n>>> RCPT To:<anna@example.com>\n<<< 550 5.1.1 <anna@example.com>... User unknown\n550 5.1.1 <anna@example.com>... User unknown\n', 'bounce anna@example.com hard userunknown'],
    ['a spam filter', daemon, 'Your message could not be delivered:\n\n<anna@example.com>: host mx.example.com[192.0.2.1] said: 554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc (in reply to end of DATA command)\n', 'bounce anna@example.com failed_block spamdetected'],
    ['a warning', { ...daemon, Subject: 'Warning: message delayed 24 hours' }, 'A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been delivered is:\n\n  anna@example.com\n    Delay reason: mx.example.com: Connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n', 'delay anna@example.com delayed networkerror'],
    ['one that names nobody', { ...daemon, To: 'bounces+anna=example.com@shop.example' }, 'Your message could not be delivered. The mailbox is full.\n', 'bounce anna@example.com soft mailboxfull'],
  ])('%s', (_, headers, body, expected) => {
    expect(first(mail(headers, body))).toBe(expected)
  })

  it('take the address from the returned mail when the words have none', () => {
    const raw = mail({ ...daemon, 'Content-Type': 'multipart/mixed; boundary=b' }, '--b\nContent-Type: text/plain\n\nYour message could not be delivered: user unknown.\n\n--b\nContent-Type: message/rfc822\n\nFrom: shop@shop.example\nTo: Anna <anna@example.com>\nSubject: Sale\n\nx\n--b--\n')
    expect(inspectMail(raw).recipients.map(each => each.address)).toEqual(['anna@example.com'])
  })

  it('attached or pasted by a person who asks about them make no bounce', () => {
    const status = 'Final-Recipient: rfc822; boris@example.com\nAction: failed\nStatus: 5.1.1\n'
    expect(inspectMail(mail({ Subject: 'What is this?' }, `Look what I got:\n\n${status}`)).kind).toBe('human')
    const attached = mail({ Subject: 'Fwd: Undelivered Mail', 'Content-Type': 'multipart/mixed; boundary=b' }, `--b\nContent-Type: text/plain\n\nWhat is this?\n\n--b\nContent-Type: message/rfc822\n\n${report('Failed.', status).toString()}\n--b--\n`)
    expect(inspectMail(attached)).toMatchObject({ kind: 'human', visible_text: 'What is this?' })
  })

  it('from nobody at all are reports; mails whose sender only forgot the name are not', () => {
    expect(first(mail({ From: '<>', 'Return-Path': '<>', 'Auto-Submitted': 'auto-replied', Subject: '' }, 'You sent mail to anna@example.com. That\'s not a valid user here.\n'))).toBe('bounce anna@example.com soft filtered')
    expect(inspectMail(mail({ From: '', 'Return-Path': '<anna@example.com>', Subject: 'A question of an unknown user' }, 'This is a question of an unknown user.\n')).kind).toBe('human')
  })

  it('are not what people write about bounces', () => {
    for (const [subject, body] of [
      ['Re: Undelivered Mail Returned to Sender', 'Hi, I got this bounce yesterday, "550 5.1.1 user unknown" for boris@example.com. What shall we do?\n\n> This is the mail system at host mx.example.com.\n> could not be delivered\n'],
      ['Fwd: Mail delivery failed', 'Please look, the order mail could not be delivered to clara@example.com.\n'],
      ['Delivery of my order', 'Hello, my parcel was not delivered yet. The address does not exist on the label. Anna\n'],
      ['Order not delivered', 'My order has not been delivered. Delivery failed twice, it was returned to sender. 550 roubles paid!\n'],
      ['Доставка', 'Здравствуйте, заказ не доставлен, курьер не нашёл адрес.\n'],
    ] as const) expect([subject, inspectMail(mail({ Subject: subject }, body)).kind]).toEqual([subject, 'human'])
  })
})

describe('complaints', () => {
  const feedback = (...reports: string[]) => mail({ From: 'fbl@provider.example', Subject: 'FW: Sale', 'Content-Type': 'multipart/report; report-type=feedback-report; boundary=b' }, `--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n${reports.map(each => `--b\nContent-Type: message/feedback-report\n\n${each}\n\n`).join('')}--b\nContent-Type: message/rfc822\n\nFrom: shop@shop.example\nTo: anna@example.com\nMessage-ID: <m1@shop.example>\nSubject: Sale\n\nx\n--b--\n`)

  it('give the kind, whose it is and the mail it is about', () => {
    const found = inspectMail(feedback('Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Rcpt-To: <anna@example.com>\nSource-IP: 192.0.2.1\nArrival-Date: Thu, 8 Mar 2025 14:00:00 EDT'))
    expect(found).toMatchObject({ kind: 'complaint', recipients: [], returned: { message_id: 'm1@shop.example' }, complaints: [{ type: 'abuse', unsubscribes: true, recipients: ['anna@example.com'], source_ip: '192.0.2.1', user_agent: 'SomeGenerator/1.0' }] })
  })

  it('of other kinds say whether the person wants no more mail', () => {
    const wishes = (type: string) => inspectMail(feedback(`Feedback-Type: ${type}\nVersion: 1`)).complaints.map(each => each.unsubscribes)
    expect(['abuse', 'opt-out', 'fraud', 'auth-failure', 'not-spam', 'virus', 'other'].map(type => [type, ...wishes(type)])).toEqual([['abuse', true], ['opt-out', true], ['fraud', true], ['auth-failure', false], ['not-spam', false], ['virus', false], ['other', true]])
  })

  it('may be several in one mail', () => {
    expect(inspectMail(feedback('Feedback-Type: abuse\nVersion: 1', 'Feedback-Type: auth-failure\nVersion: 1')).complaints.map(each => each.type)).toEqual(['abuse', 'auth-failure'])
  })
})

describe('automatic replies', () => {
  it('are known by their headers', () => {
    for (const headers of [{ 'Auto-Submitted': 'auto-replied' }, { 'Auto-Submitted': 'auto-generated; owner-email="x@y.example"' }, { 'X-Autoreply': 'yes' }, { Precedence: 'auto_reply' }, { 'X-Autorespond': '' , 'X-Auto-Reply-From': 'a@b.example' }] as Headers[]) {
      expect(inspectMail(mail(headers, 'Thank you.\n')).kind).toBe('auto_reply')
    }
    expect(inspectMail(mail({ 'Auto-Submitted': 'no' }, 'Thank you.\n')).kind).toBe('human')
  })

  it('ask to prove that one is no machine', () => {
    expect(inspectMail(mail({ Subject: 'RE: Sale' }, 'Your message was received.\n\nThis account is protected by Bluebottle. Please click on the following link to have your address added to the list.\n')).kind).toBe('auto_reply')
  })

  test.each([
    ['ru', 'Автоответ: Ваш заказ', 'Здравствуйте! Я в отпуске до 12 августа.'],
    ['ru', 'Re: Ваш заказ', 'Добрый день! С 1 по 14 июня я буду находиться в отпуске. По срочным вопросам пишите Ивану.'],
    ['en', 'Automatic reply: Your order', 'I am out of the office.'],
    ['en', 'Re: Your order', 'Thank you for your email. I am currently out of the office with limited access to email and will return on Monday.'],
    ['de', 'Automatische Antwort: Ihre Bestellung', 'Ich bin bis zum 12.8. nicht im Büro.'],
    ['de', 'AW: Ihre Bestellung', 'Guten Tag, vielen Dank für Ihre Nachricht. Ich bin derzeit im Urlaub und ab dem 5. Mai wieder erreichbar.'],
    ['fr', 'Réponse automatique : Votre commande', 'Bonjour, je suis absent.'],
    ['fr', 'Re: Votre commande', 'Bonjour, je suis actuellement en congés jusqu\'au 15 août. Cordialement'],
    ['es', 'Respuesta automática: Su pedido', 'Estoy fuera de la oficina.'],
    ['es', 'RE: Su pedido', 'Hola, estaré fuera de la oficina hasta el lunes. Gracias.'],
    ['it', 'Risposta automatica: Il tuo ordine', 'Sono in ferie.'],
    ['it', 'R: Il tuo ordine', 'Buongiorno, sono attualmente fuori ufficio e rientrerò il 3 settembre.'],
    ['pl', 'Odpowiedź automatyczna: Zamówienie', 'Jestem na urlopie.'],
    ['pl', 'Odp: Zamówienie', 'Dzień dobry, obecnie przebywam na urlopie do 10 lipca.'],
    ['uk', 'Автоматична відповідь: Замовлення', 'Я у відпустці.'],
    ['uk', 'Re: Замовлення', 'Вітаю! Я зараз у відпустці до 20 серпня.'],
    ['nl', 'Automatisch antwoord: Uw bestelling', 'Ik ben afwezig.'],
    ['nl', 'Re: Uw bestelling', 'Beste, ik ben momenteel met vakantie en ben maandag weer terug.'],
    ['pt', 'Resposta automática: O seu pedido', 'Estou fora do escritório.'],
    ['pt', 'Re: O seu pedido', 'Olá, estou de férias até 3 de janeiro. Obrigado.'],
  ])('in %s are known by their words: %s', (_, subject, body) => {
    expect(inspectMail(mail({ Subject: subject }, `${body}\n`)).kind).toBe('auto_reply')
  })

  it('are not what people write about holidays and offices', () => {
    for (const [subject, body] of [
      ['Re: Your order', 'Yes please, send it on Monday. I will be on vacation next week but my neighbour is at home and takes it.\n'],
      ['Re: Ваш заказ', 'Беру два. Только отправьте после 15-го, когда я вернусь.\n'],
      ['Out of stock?', 'Is the green tea out of stock? My office wants ten.\n'],
      ['Re: Ihre Bestellung', 'Passt gut, danke. Der Urlaub war schön.\n'],
      ['Re: Out of Office colour', 'We want the chairs in the colour "Out of Office".\n'],
    ] as const) expect([subject, inspectMail(mail({ Subject: subject, 'In-Reply-To': '<m1@shop.example>' }, body)).kind]).toEqual([subject, 'human'])
  })
})

describe('requests to be left alone', () => {
  it('are known by the address they were sent to, or by being all that is said', () => {
    const kind = (subject: string, body: string, to = 'shop@shop.example') => inspectMail(mail({ Subject: subject, To: to }, body)).kind
    expect(kind('', '', 'unsubscribe+abc123@shop.example')).toBe('unsubscribe')
    for (const body of ['Unsubscribe', 'Please unsubscribe me', 'Remove me from your list', 'STOP', 'Отпишите меня, пожалуйста', 'Прошу удалить меня', 'Больше не присылайте мне письма!', 'Bitte abmelden', 'Me désabonner', 'Darme de baja', 'Unsubscribe me please.\n\nOn 3 May 2025, Shop <shop@shop.example> wrote:\n> Sale']) expect([body, kind('Re: Sale', `${body}\n`)]).toEqual([body, 'unsubscribe'])
    expect(kind('unsubscribe', 'Anna')).toBe('unsubscribe')
    for (const body of ['How do I unsubscribe my mother? Her address is other@example.com and she has asked me for help.', 'Do not stop, I like your mails', 'Не пишите мне на рабочий адрес, лучше звоните: заказ ещё в силе?', 'Please stop by our shop tomorrow']) expect([body, kind('Re: Sale', `${body}\n`)]).toEqual([body, 'human'])
  })
})

describe('people', () => {
  it('keep their words, without quotes and signature, with what the answer hangs on', () => {
    const found = inspectMail(mail({ 'Message-ID': '<r1@example.com>', 'In-Reply-To': '<m1@shop.example>', References: '<m0@shop.example>\n <m1@shop.example>', Date: 'Sat, 3 May 2025 10:00:00 +0300', Subject: '=?koi8-r?B?UmU6INrBy8Ha?=' }, 'Да, беру!\n\nСб, 3 мая 2025 г. в 09:00, Магазин <shop@shop.example>:\n\n> Осталось два\n\n--\nАнна\n'))
    expect(found).toMatchObject({ kind: 'human', visible_text: 'Да, беру!', message_id: 'r1@example.com', in_reply_to: 'm1@shop.example', references: ['m0@shop.example', 'm1@shop.example'], date: '2025-05-03T07:00:00.000Z', subject: 'Re: заказ', from: { address: 'anna@example.com', name: 'Anna Smith' } })
  })

  it('are read in the charset they meant, whatever they say', () => {
    const body = (bytes: Buffer, charset: string) => inspectMail(Buffer.concat([Buffer.from(`From: a@example.com\nSubject: x\nContent-Type: text/plain; charset=${charset}\n\n`), bytes])).visible_text
    const windows = Buffer.from([0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x2C, 0x20, 0xE1, 0xE5, 0xF0, 0xF3])
    expect(body(windows, 'windows-1251')).toBe('Привет, беру')
    expect(body(windows, 'utf-8')).toBe('Привет, беру')
    expect(body(windows, 'made-up')).toBe('Привет, беру')
    expect(body(Buffer.from('Привет'), 'iso-8859-1')).toBe('Привет')
  })
})

describe('hostile mails', () => {
  it('of 50 MB are read as far as need be', () => {
    const line = `${'QUJD'.repeat(19)}\n`
    const raw = mail({ 'Content-Type': 'multipart/mixed; boundary=b' }, `--b\nContent-Type: text/plain\n\nHere is the file.\n\n--b\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${line.repeat(50 * 1024 * 1024 / line.length)}--b--\n`)
    expect(inspectMail(raw)).toMatchObject({ kind: 'human', visible_text: 'Here is the file.' })
    expect(inspectMail(mail({}, 'word '.repeat(10 * 1024 * 1024))).kind).toBe('human')
    expect(inspectMail(Buffer.alloc(50 * 1024 * 1024, 'x')).kind).toBe('human')
    expect(inspectMail(Buffer.alloc(20 * 1024 * 1024, '\n')).kind).toBe('human')
    expect(inspectMail(Buffer.alloc(20 * 1024 * 1024, 0)).kind).toBe('human')
  }, 60_000)

  it('of ten thousand parts, side by side or one in another, are read up to a limit, and say so', () => {
    expect(inspectMail(mail({ 'Content-Type': 'multipart/mixed; boundary=b' }, `${'--b\nContent-Type: text/plain\n\nx\n'.repeat(10_000)}--b--\n`)).truncated).toBe(true)
    let nested = ''
    for (let depth = 0; depth < 10_000; depth++) nested += `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`
    expect(inspectMail(Buffer.from(`From: a@example.com\n${nested}`)).truncated).toBe(true)
    expect(inspectMail(Buffer.from(`From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n${'--b\nContent-Type: multipart/mixed; boundary=b\n\n'.repeat(10_000)}`)).truncated).toBe(true)
    expect(inspectMail(Buffer.from('Content-Type: message/rfc822\n\n'.repeat(10_000))).truncated).toBe(true)
  }, 60_000)

  it('that report of a hundred thousand recipients are read up to a limit', () => {
    const status = Array.from({ length: 100_000 }, (_, index) => `Final-Recipient: rfc822; p${index}@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown`).join('\n\n')
    const found = inspectMail(report('All failed.', status))
    expect(found.kind).toBe('bounce')
    expect(found.recipients.length).toBeGreaterThan(500)
    expect(found.recipients.length).toBeLessThanOrEqual(1000)
    expect(inspectMail(mail(daemon, `These addresses failed:\n\n${Array.from({ length: 100_000 }, (_, index) => `<p${index}@example.com>: 550 5.1.1 User unknown`).join('\n')}`)).recipients.length).toBeLessThanOrEqual(1000)
  }, 60_000)

  it('of headers without end, and of words made to trap expressions, are read to their end', () => {
    inspectMail(Buffer.from(`Subject: ${'a'.repeat(5_000_000)}`))
    inspectMail(Buffer.from(`${'X: y\n'.repeat(500_000)}\nbody`))
    inspectMail(Buffer.from(`Subject: x\n${' folded\n'.repeat(300_000)}\nbody`))
    inspectMail(mail({ Subject: '=?utf-8?B?'.repeat(20_000) }, 'x'))
    inspectMail(mail({ From: '"'.repeat(50_000), To: '<'.repeat(50_000), References: '<'.repeat(50_000) }, 'x'))
    inspectMail(mail({ 'Content-Type': `multipart/mixed; ${'a="'.repeat(20_000)}` }, 'x'))
    for (const words of ['On Mon, ', 'From: x\n', '> ', '-- \n', 'wrote: ', 'user unknown ', 'a@b.example ', 'To: a@b.example\nSubject: x\n', 'please unsubscribe me ', 'On 1 ', 'i am ', 'could not be delivered to ', '<a@b.example>:\n', '.', '@', 'is was ', 'Reply ']) {
      inspectMail(mail(daemon, words.repeat(300_000 / words.length)))
      inspectMail(mail({}, words.repeat(300_000 / words.length)))
    }
  }, 60_000)

  it('of HTML made to trap readers are read to their end', () => {
    for (const piece of ['<div>', '<blockquote>', '<b', '<!--', '<table><tr><td>', '&amp;', '<a href="', '</p>', '<div class=gmail_quote>']) inspectMail(mail({ 'Content-Type': 'text/html' }, piece.repeat(300_000 / piece.length)))
  }, 60_000)

  it('of no bytes at all, and of garbage, have a defined outcome', () => {
    expect(inspectMail(Buffer.alloc(0))).toMatchObject({ kind: 'human', visible_text: '', from: null, date: null })
    let seed = 7
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.alloc(500)
      for (let at = 0; at < bytes.length; at++) bytes[at] = (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) >> 8
      inspectMail(bytes)
      inspectMail(Buffer.concat([Buffer.from('Content-Type: multipart/report; boundary="\u0000"\n\n'), bytes]))
    }
  }, 60_000)
})
