import { answerPrefix, machineNames } from './bounce-words.ts'
import type { MailEnvelope } from './mail-envelope.ts'
import { headerOf, type Header, type MailPart } from './read-mime.ts'

/** Subjects that programs of absence and receipt write, by language. */
const automaticSubjects = new RegExp([
  '^\\W*(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer|respond)|auto ?responder|autoreply|out[- ]of[- ](?:the )?office|ooo\\b|vacation|away from)', 'out[- ]of[- ](?:the )?office', 'auto(?:matic|mated)[- ](?:reply|response|answer|acknowledg)', 'on vacation\\b', 'vacation (?:reply|message|notice|response)', 'absence notification', '^\\W*(?:we have )?received your (?:message|e-?mail|request|inquiry)', 'automatische[rs]? antwort', 'abwesenheit', 'nicht im (?:büro|buero|haus)', 'im urlaub', 'eingangsbestätigung',
  'автоответ', 'автоматический ответ', 'авто-?ответ', '(?:нахожусь|буду|я) в отпуске', 'отсутств(?:ие|ую) (?:на|в) (?:работе|офисе|рабочем)', 'вне офиса', 'автоматична відповідь', 'автовідповід', 'у відпустці', 'поза офісом',
  'réponse automatique', 'message d\'absence', 'absent(?:e)? du bureau', 'absence du bureau', 'en congé', 'respuesta autom[aá]tica', 'fuera de (?:la )?oficina', 'ausente', 'de vacaciones', 'risposta automatica', 'fuori ufficio', 'assente', 'in ferie', 'odpowied[zź] automatyczna', 'autoodpowied[zź]', 'automatyczna odpowied[zź]', 'poza biurem', 'na urlopie', 'nieobecno[sś][cć]', 'automatisch antwoord', 'afwezig(?:heid)?', 'niet aanwezig', 'resposta autom[aá]tica', 'fora do escrit[oó]rio', 'estou de f[eé]rias', 'ausência', 'autosvar', 'frånvaro', 'automaattinen', 'automatická odpověď', 'automatikus válasz', 'otomatik yanıt', '自動(?:返信|応答)', '自动回复', '不在', '자동 ?(?:회신|응답)',
].join('|'), 'i')

/** What such programs say in the first lines; each needs an absence or a machine and somebody it is about. */
const automaticWords = new RegExp([
  '\\bi(?: am|\'m| will be|\'ll be) (?:currently |now |presently )?(?:out of|away from) (?:the |my )?(?:office|desk|town|country)', '\\bi(?: am|\'m| will be|\'ll be) (?:currently |now )?(?:on |away on |out on )(?:annual |maternity |paternity |parental |sick |medical |business |extended )?(?:leave|vacation|holidays?|travel|a trip)', 'i will be (?:out|away|travell?ing|unavailable|on leave)', '(?:is|are) (?:currently )?out of (?:the )?office', 'this is an (?:automatic|automated|auto)[- ]?(?:reply|response|message|generated|e-?mail|acknowledg)?', 'this (?:message|e-?mail|mail) (?:is|was|has been) (?:automatically|auto-?) ?(?:generated|sent|created)', 'automatically generated (?:reply|response|message|e-?mail)', 'auto(?:matic|mated)?[- ]?(?:reply|response|responder)\\b', '(?:do not|don\'t|please do not) reply to this (?:message|e-?mail|mail)', 'with (?:limited|no) access to (?:my )?e-?mail', 'upon my return', 'when i (?:return|get back|am back)', 'in my absence', 'during my absence', 'no longer (?:with|works? (?:for|at)|employed (?:by|at)|monitor)', 'has left the company', 'we have received your (?:message|e-?mail|request|inquiry)', 'thank you for (?:contacting|your (?:message|e-?mail|inquiry|request)).{0,120}(?:will (?:respond|reply|get back|contact|be)|as soon as|within)',
  'это (?:автоматическ|автоответ)', 'автоматическ(?:ий|ое|и) (?:ответ|сообщение|сгенерирован|создан|отправлен)', '(?:нахожусь|буду находиться|буду|сейчас|я) (?:сейчас )?в (?:ежегодном |очередном |декретном )?(?:отпуске|командировке)', 'меня не будет (?:в офисе|на работе|на рабочем)', 'отсутствую (?:в офисе|на (?:работе|рабочем месте))', 'буду отсутствовать', 'временно отсутств', 'в мо[её] отсутствие', 'на время моего отсутствия', 'по возвращени[ию]', 'больше не работа(?:ет|ю)', 'ваше (?:письмо|сообщение|обращение) (?:получено|принято)', 'не отвечайте на это письмо', 'це автоматичн', 'я (?:зараз )?у відпустці', 'перебуваю у відпустці', 'буду відсутн', 'мене не буде в офісі',
  'ich bin (?:derzeit|zur ?zeit|momentan|aktuell|bis|vom|ab|im|ab dem|leider)?.{0,40}(?:nicht im (?:büro|haus)|abwesend|im urlaub|außer haus|nicht erreichbar|wieder)', 'dies ist eine automati', 'diese (?:nachricht|e-?mail) wurde automatisch', 'automatische (?:antwort|nachricht)', 'während meiner abwesenheit', 'außer haus',
  'je (?:suis|serai) (?:actuellement )?(?:absent|en cong|en vacances|en déplacement|hors du bureau)', 'ceci est (?:un|une) (?:message|réponse) automatique', 'réponse automatique', 'pendant mon absence', 'à mon retour', 'en mon absence',
  '(?:estoy|estaré|me encuentro|me encontraré) (?:actualmente )?(?:fuera de (?:la )?oficina|de vacaciones|ausente|fuera)', 'este es un (?:mensaje|correo) (?:autom|generado)', 'respuesta automática', 'durante mi ausencia', 'a mi (?:regreso|vuelta)',
  '(?:sono|sarò) (?:attualmente )?(?:fuori (?:ufficio|sede)|assente|in ferie|in vacanza)', 'questo è un messaggio automatico', 'messaggio (?:generato )?automatic', 'risposta automatica', 'al mio (?:rientro|ritorno)', 'durante la mia assenza',
  '(?:jestem|będę|przebywam) (?:obecnie |aktualnie )?(?:na urlopie|poza biurem|nieobecn|niedostępn|na zwolnieniu)', 'to jest (?:automatyczna|wiadomość (?:automat|wygen))', 'wiadomość (?:została )?wygenerowana automatycznie', 'automatyczna odpowiedź', 'podczas mojej nieobecności', 'po (?:moim )?powrocie',
  'ik ben (?:momenteel |op dit moment |tot |van )?.{0,30}(?:afwezig|niet aanwezig|met vakantie|op vakantie|niet op kantoor|met verlof)', 'dit is een automatisch', 'automatisch (?:antwoord|gegenereerd)', 'tijdens mijn afwezigheid',
  '(?:estou|estarei|encontro-me) (?:atualmente |actualmente |neste momento )?(?:fora do escrit|de férias|em férias|ausente|fora)', 'esta é uma (?:mensagem|resposta) autom', 'resposta automática', 'durante a minha ausência', 'mensagem automática',
].join('|'), 'i')

/** Programs that let a mail through once its sender has proved to be a person. */
const challengeWords = /(?:account|mailbox|inbox|address|e-?mail) is protected by\b[\s\S]{0,300}(?:click|link|reply|verif|confirm)|(?:click|follow|visit|reply)\b[^.]{0,100}\b(?:to (?:have your|add your)|so that your) (?:e-?mail )?(?:address|message)[^.]{0,60}(?:allowed|approved|whitelist|delivered|list)/i

/** Precedence and such only say "many get this": lists of people set them too. */
const bulk = new Set(['bulk', 'junk', 'list'])

/**
 * Why a mail is taken for one that a program answered with (RFC 3834, then the headers programs set, then words);
 * null when a person wrote it.
 */
export function findAutomatic(root: MailPart, headers: Header[], envelope: MailEnvelope, words: string): string | null {
  const submitted = headerOf(headers, 'auto-submitted').trim().toLowerCase()
  if (submitted !== '' && !/^no\b/.test(submitted)) return 'auto-submitted'
  if (root.type === 'multipart/report') return `report-${root.parameters.get('report-type')?.toLowerCase() ?? 'unknown'}`
  if (['x-autoreply', 'x-autorespond', 'x-auto-reply-from', 'x-mail-autoreply', 'x-autoreply-from', 'x-autoresponder', 'x-vacation', 'x-ms-exchange-inbox-rules-loop', 'x-automatic-reply', 'x-autogenerated'].some(name => !/^(?:no|false|0|)$/i.test(headerOf(headers, name).trim()))) return 'automatic-header'
  const precedence = [headerOf(headers, 'precedence'), headerOf(headers, 'x-precedence')].map(value => value.trim().toLowerCase())
  if (precedence.some(value => /auto[_-]?reply|auto/.test(value))) return 'precedence'
  if (/report domain:.{1,200}submitter:/i.test(envelope.subject)) return 'dmarc-report'
  const list = headerOf(headers, 'list-id') !== '' || headerOf(headers, 'list-post') !== '' || headerOf(headers, 'list-unsubscribe') !== '' || headerOf(headers, 'x-mailing-list') !== '' || headerOf(headers, 'x-beenthere') !== ''
  const answered = answerPrefix.test(envelope.subject)
  const subject = automaticSubjects.test(envelope.subject)
  const head = words.slice(0, 1500)
  const text = automaticWords.test(head)
  if (!answered && subject && !list) return 'subject'
  if (!answered && subject && text) return 'subject-and-words'
  if (answered && /^\W*(?:re|aw|fwd?)\s*:\s*(?:auto(?:matic)?[- ]?(?:reply|response)|автоответ)/i.test(envelope.subject) && text) return 'subject-and-words'
  if (list) return null
  if (challengeWords.test(head)) return 'challenge'
  const nobody = envelope.return_path === ''
  const machine = machineNames.test(headerOf(headers, 'from')) || /^(?:no-?reply|do-?not-?reply|auto-?(?:reply|responder|answer)|mailer)\b/i.test(envelope.from?.address ?? '')
  if ((nobody || machine) && (text || subject)) return 'machine-and-words'
  if (nobody && precedence.some(value => bulk.has(value))) return 'empty-return-path'
  if (/all$|oof|autoreply/i.test(headerOf(headers, 'x-auto-response-suppress')) && text) return 'suppress-and-words'
  return text && head.replace(/\s+/g, ' ').trim().length < 1200 && automaticOpening(head) ? 'words' : null
}

/** Without any sign in the headers the first sentence after greeting and thanks must say it: people mention holidays further down. */
function automaticOpening(head: string): boolean {
  const sentences = head.slice(0, 600).split(/(?<=[.!?])\s+|\n+/).map(each => each.trim()).filter(each => each !== '')
  const first = sentences.find(each => automaticWords.test(each) || !courtesies.test(each))
  return first !== undefined && automaticWords.test(first)
}

const courtesies = /^(?:(?:hi|hello|dear|hey|greetings|good (?:day|morning|afternoon|evening)|thank(?:s| you)|добр(?:ый|ое|ого)|здравствуйте|привет|уважаем|спасибо|благодар|guten|hallo|sehr geehrte|liebe|vielen dank|danke|bonjour|madame|monsieur|chère?|merci|hola|buen[oa]s|estimad|gracias|muchas gracias|buongiorno|gentile|salve|ciao|grazie|dzień dobry|szanown|witam|dziękuj|доброго|вітаю|шановн|дякую|beste|geachte|goede|bedankt|dank|olá|ol[aá]|car[oa]s?|prezad|obrigad|muito obrigad|bom dia|boa tarde)|\p{Lu}\p{L}{0,20},?$)/iu
