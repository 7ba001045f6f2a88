/** How mail programs introduce what they quote, in many languages. Every expression works on one line of at most 600 characters. */

const verbs = [
  'wrote', 'writes', 'sent', 'said', 'a [ée]crit', 'a envoy[ée]', 'escribi[oó]', 'escribe', 'ha scritto', 'scrive', 'escreveu', 'schrieb', 'schreef', 'geschreven', 'napisa[lł](?:\\(a\\)|a)?', 'pisze', 'skrev', 'skrifaði', 'kirjoitti', 'napsal(?:\\(a\\)|a)?', 'nap[ií]sal(?:\\(a\\)|a)?', '[ií]rta', 'a scris', 'έγραψε', 'yazd[ıi]', 'şunu yazdı', 'đã viết', 'menulis', 'ha escrit', 'je napisao(?:\\/la)?', 'je pisal',
  'написал(?:\\(а\\)|а|и)?', 'пиш(?:ет|е|ат)', 'писал(?:\\(а\\)|а)?', 'написав(?:\\(-?ла\\)|ла)?', 'пише', 'написа', '写道', '寫道', '写到', '書きました', 'のメール', '作成', 'より', '님이 작성', '작성', 'כתב(?:/ה)?', 'كتب',
].join('|')

const days = '(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|среду|четверг|пятница|пятницу|суббота|субботу|воскресенье|понеділок|вівторок|середа|п\'ятниця|субота|неділя|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|pon|wt|śr|czw|pt|sob|niedz|ma|wo|za|zo|seg|ter|qua|qui|sex|sáb|dom)'

/** "On 3 May 2016, at 10:00, Anna <anna@example.org> wrote:" in its many forms; the whole of a line or of a few joined. */
export const introductions: RegExp[] = [
  // A word of the language, a date, who, the verb.
  new RegExp(`^[\\s>*_]*(?:on|at|le|el|il giorno|il|em|am|op|den|dne|dnia|w dniu|a|på|kl\\.?|in|от|в|во|vào|tarihinde|день|ngày|в день|у|на|στις|dana|la|pada|ve|on the|ma|ti|ke|to|pe|la|su)[\\s,:]+.{3,400}?(?:${verbs}).{0,60}?[:：]?\\s*$`, 'iu'),
  // A date first, then who and the verb or an address, then a colon.
  new RegExp(`^[\\s>*_]*(?:${days}\\.?,?\\s+)?(?:\\d{1,2}[./-]\\d{1,2}[./-]\\d{2,4}|\\d{4}[./-]\\d{1,2}[./-]\\d{1,2}|\\d{1,2}\\.?\\s+(?:de\\s+)?\\p{L}{3,12}\\.?,?\\s+(?:de\\s+)?\\d{4}|\\p{L}{3,12}\\.?\\s+\\d{1,2},?\\s+\\d{4}|\\d{4}年).{0,300}(?:(?:${verbs}).{0,40}|<[^<>\\s]*@[^<>]*>|@\\S+|"[^"]+")\\s*[:：]\\s*$`, 'iu'),
  // Who first, then the verb; with an address, a date or nothing else than the name.
  new RegExp(`^[\\s>*_]*["']?[\\p{L}][^:<>]{0,80}?["']?\\s*[<\\[(]?(?:mailto:)?[^\\s<>]+@[^\\s<>]+[>\\])]?\\s*(?:${verbs}).{0,120}[:：]\\s*$`, 'iu'),
  new RegExp(`^[\\s*_]*[\\p{L}"'][^:<>@]{1,60}\\s(?:${verbs}),?\\s(?:on|am|le|el|il|em|op|at|в|\\d|\\().{4,100}\\d{2,4}.{0,40}[:：]\\s*$`, 'iu'),
  // A date and who, without a colon: "2016-03-03 17:21 GMT+01:00 Anna Smith", "2013/7/20 Anna <anna@example.org>".
  /^[\s>*_]*\d{4}[-/]\d{1,2}[-/]\d{1,2},?\s+(?:\d{1,2}:\d{2}\s+)?(?:(?:GMT|UTC)(?:[+-]\d{1,2}:?\d{0,2})?\s+(?:\p{Lu}[\p{L}.'-]*\s?){1,5}|[^<>@]{0,80}<[^<>\s]+@[^<>\s]+>)\s*$/u,
  /^[\s>*_]*(?:you (?:wrote|said)|вы (?:писали|написали)|ви писали|sie schrieben|vous avez écrit|usted escribió).{0,80}[:：]\s*$/iu,
  // "在 2016年12月12日，下午8:45，Erlend <a@b> 写道："
  /^[\s>*_]*(?:在|於|于)?\s*\d{4}\s*[年\-/].{0,200}(?:写道|寫道|写到|：|:)\s*$/u,
  /^[\s>*_]*(?:begin forwarded message|début du message (?:réexpédié|transféré)|anfang der weitergeleiteten (?:e-?mail|nachricht)|inizio messaggio inoltrato|início da mensagem (?:reenviada|encaminhada)|inicio del mensaje reenviado|начало (?:переадресованного|пересылаемого) (?:сообщения|письма)|начало переданного сообщения|початок пересланого повідомлення|doorgestuurd bericht|vidarebefordrat brev)\s*[:：]?\s*$/iu,
]

/** In whatever language: an address, a date or a time, and a colon at the end. For lines that stand together only. */
export const introductionByShape = /^(?=.{0,400}\S@\S)(?=.{0,400}(?:\b(?:19|20)\d\d|\d{1,2}[:.]\d{2}|\d{1,2}[./]\d{1,2}))(?!.*https?:)[\s\S]{12,400}[:：]\s*$/u

const quotedTitles = [
  'original (?:message|mail|e-?mail|appointment)', 'forwarded (?:message|mail|by.{0,60})', 'reply message', 'reply (?:above|to) this (?:line|email|message)', 'message (?:d\'origine|original|transféré|initial)', 'message original', 'mensaje (?:original|reenviado|inicial)', 'messaggio (?:originale|inoltrato)', 'mensagem (?:original|encaminhada)', 'ursprüngliche (?:nachricht|mail|e-?mail)', 'urspr.{0,3}ngliche nachricht', 'original-?nachricht', 'weitergeleitete nachricht', 'oorspronkelijk(?:e)? (?:bericht|e-?mail)', 'doorgestuurd bericht', 'oryginalna wiadomo[śs][ćc]', 'wiadomo[śs][ćc] (?:oryginalna|przekazana)', 'ursprungligt meddelande', 'oprindelig (?:meddelelse|besked)', 'opprinnelig melding', 'alkuperäinen viesti', 'p[ůu]vodn[íi] (?:zpr[áa]va|e-?mail)', 'p[ôo]vodn[áa] spr[áa]va', 'eredeti [üu]zenet', 'mesaj original', 'orijinal mesaj', 'özgün ileti', 'αρχικό μήνυμα',
  'исходное (?:сообщение|письмо)', 'пересылаемое (?:сообщение|письмо)', 'пересланное (?:сообщение|письмо)', 'перенаправленное (?:сообщение|письмо)', 'оригинальное (?:сообщение|письмо)', 'первоначальное сообщение', 'конец пересылаемого сообщения', 'вихідне повідомлення', 'пересилане повідомлення', 'переслане повідомлення', 'оригінальне повідомлення', 'начално съобщение', '原始邮件', '原始郵件', '转发邮件', '回复的原邮件', '元のメッセージ', 'オリジナルメッセージ', '원본 메시지', 'הודעה מקורית',
].join('|')

/** An introduction that a program put at the end of a line somebody wrote. */
export const introductionAtEnd = new RegExp(`^(.{1,400}?\\S)\\s+((?:On|Le|El|Il|Em|Am|Op|W dniu)\\s(?:\\S+\\s){0,3}\\d{1,2}.{5,200}(?:${verbs})\\s*[:：]\\s*)$`, 'u')

/** "-----Original Message-----" and lines by which programs ask to answer above them. */
export const quotedTitle = new RegExp(`^[\\s>*]*(?:[-_=*~]{2,}\\s*(?:${quotedTitles})(?:\\s*[-_=*~]{2,})?.{0,40}|(?:original message|исходное сообщение|ursprüngliche nachricht|message d'origine)\\s*:?)\\s*$|^\\W{0,12}(?:please )?(?:type|write|enter|add)? ?(?:your )?repl(?:y|ies) above this line\\W{0,12}|^\\W{2,}.{0,60}(?:above this line|выше этой (?:линии|черты|строки)|oberhalb dieser (?:linie|zeile)|au-dessus de cette ligne|encima de esta línea|sopra questa (?:linea|riga)|acima desta linha)`, 'iu')

const headerNames = [
  'from|sent|to|subject|date|cc|bcc|reply-to|importance|attachments?|organization', 'von|gesendet(?: am)?|an|betreff|datum|kopie|antwort an', 'de|envoyé(?: le)?|envoye|à|a|objet|date|cc|répondre à|pour', 'de|enviado(?: el)?|enviada(?: em)?|para|asunto|assunto|fecha|data|cc', 'da|inviato|a|oggetto|data|cc|risposta', 'van|verzonden|aan|onderwerp|datum|cc', 'od|wysłano|wyslano|do|temat|data|dw', 'från|skickat|till|ämne|datum|kopia', 'fra|sendt|til|emne|dato|kopi', 'lähettäjä|lähetetty|vastaanottaja|aihe|päivämäärä|kopio', 'odesláno|komu|předmět|datum|kopie', 'feladó|elküldve|címzett|tárgy|dátum', 'от|отправлено|отправлен|кому|тема|дата|копия|от кого|отправитель|получатель', 'від|надіслано|кому|тема|дата|копія|від кого', 'kimden|gönderildi|gönderme tarihi|kime|konu|tarih', 'από|ημερομηνία|προς|θέμα', '发件人|发送时间|收件人|主题|抄送|日期|寄件者|收件者|主旨', '差出人|送信日時|宛先|件名|日時', '보낸 사람|보낸 날짜|받는 사람|제목|날짜', 'מאת|נשלח|אל|נושא',
].join('|')

/** A line of the block of headers that Outlook and others put above what they quote. */
export const quotedHeader = new RegExp(`^[\\s>|]*[*_]{0,2}(?:${headerNames})\\s{0,3}[*_]{0,2}\\s?[:：][*_]{0,2}(?:\\s|$|\\S)`, 'iu')

/** Of such a block this one begins it. */
export const quotedFrom = /^[\s>|]*[*_]{0,2}(?:from|von|de|da|van|od|från|fra|lähettäjä|feladó|от|от кого|отправитель|від|від кого|kimden|από|发件人|寄件者|差出人|보낸 사람|מאת|expéditeur|remitente|mittente)\s{0,3}[*_]{0,2}\s?[:：]/iu

/** What telephones and programs add under a mail. */
export const programSignature = new RegExp(`^[\\s>*_-]*(?:${[
  '(?:sent|submitted|composed|posted) (?:from|via|using|with|by|through|on) (?:the |a |an |my |yahoo|outlook|mail|proton|gmail|samsung|iphone|ipad|android|blackberry|windows|mobile|nine|spark|sparrow|airmail|mailbird|boxer|aol|zoho|newton|polymail|superhuman|canary|thunderbird|telegram|fastmail|hey|nokia|huawei|xiaomi|apple|\\S+ mail)[^.!?]{0,80}', 'sent from [^.!?]{1,60}', 'get (?:outlook|blue ?mail) for [\\w <>:/.]{1,80}', '(?:from|via) my (?:iphone|ipad|android|mobile|phone|blackberry|samsung)[^.!?]{0,40}', 'sent (?:by|with) [^.!?]{0,40}(?:mobile|wireless|blackberry|device|app)[^!?]{0,60}',
  'отправлено (?:из|с|со|через|от) [^!?]{1,80}', 'отправлен[оа]? [^.!?]{0,30}(?:iphone|ipad|android|outlook|телефон|смартфон|мобильн)[^!?]{0,40}', 'послано (?:с|из) [^!?]{1,60}', 'надіслано (?:з|із|через) [^!?]{1,60}', 'відправлено (?:з|із) [^!?]{1,60}', 'скачать outlook[^!?]{0,40}',
  '(?:von (?:meinem|meiner|unterwegs) |gesendet (?:von|mit|über|aus) |diese nachricht wurde von meinem )[^!?]{1,80}', '(?:envoyé|envoye|envoi) (?:de|depuis|à partir de|avec|du) [^!?]{1,80}', 'enviad[oa] (?:desde|do|de|a partir|pelo|via|con) [^!?]{1,80}', '(?:inviato|scritto) (?:da|dal|con) [^!?]{1,80}', 'verzonden (?:vanaf|met|via|van) [^!?]{1,80}', 'verstuurd (?:vanaf|met|via|van) [^!?]{1,80}', 'wys[lł]an[eyo] (?:z|ze|przez) [^!?]{1,80}', 'skickat från [^!?]{1,60}', 'sendt fra [^!?]{1,60}', 'lähetetty [^!?]{1,60}', 'odesláno z [^!?]{1,60}', '[^!?]{0,20}から送信', '发自我的?[^!?]{1,40}', '從我的[^!?]{1,40}', '나의 [^!?]{1,20}에서 보냄',
].join('|')})\\s*$`, 'iu')
