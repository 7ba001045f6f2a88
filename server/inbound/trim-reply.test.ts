import { expect, test } from 'vitest'
import { linesOfHtml } from './html-lines.ts'
import { trimReply } from './trim-reply.ts'

const quoted = '\n\n> Осталось два.\n> Берёте?\n'

test.each([
  'On Sat, May 3, 2025 at 10:00 AM Shop <shop@shop.example> wrote:', 'On Sat, May 3, 2025 at 10:00 AM Shop\n<shop@shop.example> wrote:', 'On 3 May 2025, at 10:00, Shop <shop@shop.example> wrote:', 'Shop <shop@shop.example> wrote on Sat, 3 May 2025:',
  'сб, 3 мая 2025 г. в 10:00, Магазин <shop@shop.example>:', '3 мая 2025 г., 10:00 пользователь Магазин <shop@shop.example> написал:', '03.05.2025 10:00, Магазин пишет:', 'Суббота, 3 мая 2025, 10:00 +03:00 от Магазин <shop@shop.example>:', 'сб, 3 трав. 2025 р. о 10:00 Магазин <shop@shop.example> пише:',
  'Am 03.05.2025 um 10:00 schrieb Laden <shop@shop.example>:', 'Laden <shop@shop.example> schrieb am Sa., 3. Mai 2025, 10:00:', 'Le sam. 3 mai 2025 à 10:00, Boutique <shop@shop.example> a écrit :', 'El sáb, 3 may 2025 a las 10:00, Tienda (<shop@shop.example>) escribió:', 'Il giorno sab 3 mag 2025 alle ore 10:00 Negozio <shop@shop.example> ha scritto:',
  'sob., 3 maj 2025 o 10:00 Sklep <shop@shop.example> napisał(a):', 'W dniu 2025-05-03 10:00, Sklep pisze:', 'Op za 3 mei 2025 om 10:00 schreef Winkel <shop@shop.example>:', 'Em sáb., 3 de mai. de 2025 às 10:00, Loja <shop@shop.example> escreveu:', 'Den lör 3 maj 2025 kl 10:00 skrev Butik <shop@shop.example>:', '在 2025年5月3日，上午10:00，Shop <shop@shop.example> 写道：', '10:00, 3 мая 2025 г., Магазин <shop@shop.example>:', 'Shop <shop@shop.example>, 3 May 2025 Cmt, 10:00 tarihinde şunu yazdı:', 'la 3. toukok. 2025 klo 10.00 Shop (shop@shop.example) kirjoitti:', 'so 3. 5. 2025 v 10:00 odesílatel Shop <shop@shop.example> napsal:', '2025년 5월 3일 (토) 오전 10:00, Shop <shop@shop.example>님이 작성:',
])('what stands above "%s" is the answer', introduction => {
  expect(trimReply(`Да, беру оба.\n\nСпасибо!\n\n${introduction}${quoted}`)).toBe('Да, беру оба.\n\nСпасибо!')
})

test.each([
  '-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Anna\nSubject: Sale\n\nTwo left.', '________________________________\nFrom: Shop <shop@shop.example>\nSent: Saturday, May 3, 2025 10:00 AM\nTo: Anna\nSubject: Sale\n\nTwo left.', 'От: Магазин <shop@shop.example>\nОтправлено: 3 мая 2025 г. 10:00\nКому: Анна\nТема: Распродажа\n\nОсталось два.', '-------- Исходное сообщение --------\nОт: Магазин\n\nОсталось два.', '-------- Пересылаемое сообщение --------\n03.05.2025, 10:00, "Магазин" <shop@shop.example>:\n\nОсталось два.', '*Von:* Laden\n*Gesendet:* Samstag, 3. Mai 2025\n*An:* Anna\n*Betreff:* Angebot\n\nNoch zwei.', 'De : Boutique\nEnvoyé : samedi 3 mai 2025\nÀ : Anna\nObjet : Offre\n\nEncore deux.', '##- Please type your reply above this line -##\nTwo left.', '--\nAnna Smith\nHead of tea', 'Sent from my iPhone', 'Отправлено из мобильной Почты Mail.ru', 'Отправлено с iPhone', 'Von meinem iPhone gesendet', 'Envoyé de mon iPad', 'Get Outlook for iOS<https://aka.ms/o0ukef>',
])('nothing from "%s" on is shown', rest => {
  expect(trimReply(`Yes, both.\n\n${rest}\n`)).toBe('Yes, both.')
})

test('an answer of one word, or with a number at its end, is not taken for part of what introduces the quote', () => {
  for (const answer of ['Kyllä', 'I want 2', 'Да', 'Anna']) expect(trimReply(`${answer}\n\nOn 3 May 2025, Shop <shop@shop.example> wrote:\n> Two left.\n`)).toBe(answer)
})

test('an answer below the quote, and one between its lines, are kept', () => {
  expect(trimReply('On 3 May 2025, Shop <shop@shop.example> wrote:\n> Two left.\n> Do you take them?\n\nYes, both.\n')).toBe('Yes, both.')
  expect(trimReply('Hello,\n\nOn 3 May 2025, Shop <shop@shop.example> wrote:\n> Two left.\n\nBoth.\n\n> When?\n\nOn Monday.\n')).toContain('On Monday.')
})

test('a greeting under the quote belongs to the answer above it, a second answer is left where it is', () => {
  expect(trimReply('Two, please.\n\nOn 3 May 2025, Shop <shop@shop.example> wrote:\n\n> Two left.\n\nRegards, Anna\n')).toBe('Two, please.\n\nRegards, Anna')
  expect(trimReply('Hello,\n\nOn 3 May 2025, Shop <shop@shop.example> wrote:\n\n> Two left.\n\nI take both of them, if they are the green ones that I saw on your site yesterday. Bring them on Monday.\n')).toContain('> Two left.')
})

test('words that only look like quotes, headers or signatures stay', () => {
  for (const text of ['On Monday I will call you: be at home.', 'To: be honest, I do not know.', 'From: Moscow\nWe need it there.', 'A - B -- C', 'One outstanding question:\nwho pays?', 'Sent from heaven! I love it.', 'Тема: чай\nХочу сто пачек.', '1. On time\n2. On budget']) expect(trimReply(`${text}\n`)).toBe(text)
})

test('a signature without its "--" is known by the sender\'s name', () => {
  expect(trimReply('Both, please.\n\nAnna Smith\n+7 999 123-45-67\nwww.example.com\n', 'Anna Smith')).toBe('Both, please.')
  expect(trimReply('Call my sister:\n\nBoris Smith\n+7 999 123-45-67\n', 'Anna Smith')).toBe('Call my sister:\n\nBoris Smith\n+7 999 123-45-67')
})

test('nothing but a quote is shown rather than nothing at all', () => {
  expect(trimReply('> only this')).toBe('> only this')
  expect(trimReply('')).toBe('')
})

test('HTML becomes lines, and what programs quote in it is left out', () => {
  const visible = (html: string) => trimReply(linesOfHtml(html))
  expect(visible('<div dir="ltr">Yes,<br>both &amp; more</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Sat, May 3, 2025 at 10:00 AM Shop &lt;<a href="mailto:shop@shop.example">shop@shop.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Two left.</blockquote></div>')).toBe('Yes,\nboth & more')
  expect(visible('<html><head><style>p{color:red}</style><title>x</title></head><body><p>Yes.</p><p>Both.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Shop<br><b>Sent:</b> Monday</div><div>Two left.</div></body></html>')).toBe('Yes.\n\nBoth.')
  expect(visible('<div>Беру.</div><div>03.05.2025, 10:00, "Магазин" &lt;shop@shop.example&gt;:</div><blockquote><p>Осталось два.</p></blockquote><div>-- </div><div>Анна</div>')).toBe('Беру.')
  expect(visible('<p class="MsoNormal">Yes.</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Shop<br><b>Sent:</b> Monday<br><b>To:</b> Anna<br><b>Subject:</b> Sale</p></div><p>Two left.</p>')).toBe('Yes.')
  expect(linesOfHtml('<ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr></table>2 < 3 &#1071; &unknown;')).toBe('* one\n* two\n\na b\n2 < 3 Я &unknown;')
})
