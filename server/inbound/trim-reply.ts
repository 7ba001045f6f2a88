import { introductionAtEnd, introductionByShape, introductions, programSignature, quotedFrom, quotedHeader, quotedTitle } from './reply-words.ts'

/**
 * What a line is. The idea of deciding by the sequence of kinds of lines is that of Discourse's email_reply_trimmer.
 * introduction: "On … wrote:"; header: one of a block above a quote; title: "-----Original Message-----"
 */
type Kind = 'empty' | 'text' | 'quote' | 'introduction' | 'title' | 'header' | 'delimiter' | 'signature'
type Line = { kind: Kind, text: string }

const most = { lines: 4000, length: 200_000 }

/**
 * The text that a person added, from the text of a whole mail (LF or CRLF lines): no quotes before or after it, no
 * signature. `sender`: the name of who wrote, by which a signature without its "--" is known.
 */
export function trimReply(whole: string, sender = ''): string {
  const text = whole.slice(0, most.length).replace(/\r\n?/g, '\n').replace(/[\u200B\uFEFF]/g, '').replace(/\u00A0/g, ' ')
  let lines = classify(text.split('\n').slice(0, most.lines))
  if (!lines.some(line => line.kind === 'text')) return printed(lines.filter(line => line.kind !== 'signature' && line.kind !== 'delimiter').length > 0 && lines.some(line => line.kind === 'quote') ? lines : lines.filter(line => line.kind !== 'signature'))
  lines = cutAtTitle(lines)
  lines = cutAtHeaders(lines)
  lines = cutSignature(lines)
  lines = lines.filter(line => line.kind !== 'signature')
  lines = afterLeadingQuote(lines)
  lines = cutAtIntroduction(lines)
  while (lines.some(line => line.kind === 'text') && lines.at(-1)!.kind !== 'text') lines = lines.slice(0, -1)
  return printed(cutNameBlock(lines.filter(line => line.kind !== 'introduction' && line.kind !== 'title'), sender))
}

const printed = (lines: Line[]): string => lines.map(line => line.text.trimEnd()).join('\n').replace(/\n{3,}/g, '\n\n').trim()

function classify(texts: string[]): Line[] {
  const lines: Line[] = []
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]!
    const joined = introductionFrom(texts, index)
    if (joined > 0) {
      lines.push({ kind: 'introduction', text: texts.slice(index, index + joined).join('\n') })
      index += joined - 1
      continue
    }
    const ending = text.length < 600 && /[:：]\s*$/.test(text) ? introductionAtEnd.exec(text) : null
    if (ending) lines.push({ kind: 'text', text: ending[1]! }, { kind: 'introduction', text: ending[2]! })
    else lines.push({ kind: kindOf(text), text })
  }
  return lines
}

function kindOf(text: string): Kind {
  if (text.trim() === '') return 'empty'
  if (text.length < 600) {
    if (quotedTitle.test(text)) return 'title'
    if (/^\s*(?:-{2,}|—|_{2,}|\*{3,}|#{3,}|={3,}|~{3,}|\+{3,}|ᐧ|-- )\s*$/.test(text) || /^-- ?\S{0}$/.test(text)) return 'delimiter'
    if (programSignature.test(text)) return 'signature'
    if (quotedHeader.test(text)) return 'header'
  }
  return /^(?:\s{0,3}>|[A-Z]{1,3}>|\s{0,3}\|(?:\s|$))/.test(text) ? 'quote' : 'text'
}

/** How many lines from this one on make an introduction; programs break them where they are long. 0: none. */
function introductionFrom(texts: string[], index: number): number {
  const first = texts[index]!
  if (first.trim() === '' || first.length > 600 || !/[\d@]|wrote|schrieb|a écrit|написал|пишет|пише/iu.test(texts.slice(index, index + 4).join(' '))) return 0
  let joined = ''
  let together = /[\d@]/.test(first)
  for (let count = 1; count <= 8 && index + count <= texts.length; count++) {
    const next = texts[index + count - 1]!
    // Past an empty line only what has a time in it already goes on.
    if (count > 1 && next.trim() === '' && !(/\d{1,2}[:.]\d{2}|\b(?:19|20)\d\d\b/.test(joined) && /[<\d,]\s*$|\b\p{Lu}\p{L}+$/u.test(joined))) return 0
    if (next.trim() === '') together = false
    joined = `${joined} ${next.replace(/^>+\s?/, '').trim()}`.trim()
    if (joined.length > 500) return 0
    if (count > 1 && /^(?:[-*•]|>{2,})/.test(next.trim())) return 0
    if (mayEnd.test(joined)) {
      if (introductions.some(pattern => pattern.test(joined)) && isSaid(joined, count)) return count
      if (together && count <= 3 && introductionByShape.test(joined)) return count
    }
    // Sentences that only begin like an introduction end somewhere.
    if (/[.!?]$/.test(joined) && !/\b(?:\p{L}{1,5}|\d{1,2})\.$/u.test(joined)) return 0
  }
  return 0
}

/** Nearly all end in a colon: what does not is not asked further. */
const mayEnd = /[:：]\s*$|^\W{0,10}\d{4}[-/]|(?:wrote|schrieb|написал\S{0,5}|a écrit)\s*$/iu

/** An introduction names a time or an address, and ends in a colon or with its verb. */
function isSaid(joined: string, count: number): boolean {
  const ends = /[:：]\s*$/.test(joined)
  return (ends && (/\d|@|<|you wrote/.test(joined))) || (count <= 2 && /^\W*\d{4}[-/]\d.*(?:>|\p{L})$/u.test(joined)) || (ends && /begin|начало|début|anfang|inizio|início|inicio|початок/i.test(joined)) || (count <= 2 && /\d{1,2}[:.h]\d{2}.*(?:wrote|schrieb|написал\S*|a écrit)\s*$/iu.test(joined))
}

function cutAtTitle(lines: Line[]): Line[] {
  const index = lines.findIndex((line, at) => line.kind === 'title' && lines.slice(0, at).some(before => before.kind === 'text'))
  return index === -1 ? lines : lines.slice(0, index)
}

/** Three headers in a row, or two when the first is From: what stands below is the mail that was answered. */
function cutAtHeaders(lines: Line[]): Line[] {
  for (let index = 0; index < lines.length; index++) {
    if (lines[index]!.kind !== 'header') continue
    let headers = 0
    let others = 0
    let at = index
    for (; at < lines.length && at < index + 16 && others < 3; at++) {
      if (lines[at]!.kind === 'header') {
        // HTML made into text may put two of them on one line.
        headers += at === index && /\S\s+(?:date|sent|to|subject|дата|отправлено|кому|тема|gesendet|datum|envoyé|enviado|data|inviato)\s?:/iu.test(lines[at]!.text) ? 2 : 1
        others = 0
      } else if (lines[at]!.kind === 'text') others++
      else if (lines[at]!.kind === 'quote') break
    }
    const from = quotedFrom.test(lines[index]!.text)
    if (headers < (from ? 2 : 3)) continue
    if (lines.slice(0, index).some(line => line.kind === 'text')) return lines.slice(0, index)
  }
  return lines.map(line => line.kind === 'header' ? { ...line, kind: 'text' } : line)
}

/** From the first delimiter on, when it is the usual one or little stands below it. */
function cutSignature(lines: Line[]): Line[] {
  for (const [index, line] of lines.entries()) {
    if (line.kind !== 'delimiter' || !lines.slice(0, index).some(before => before.kind === 'text')) continue
    const below = lines.slice(index + 1)
    const stop = below.findIndex(each => each.kind === 'introduction')
    const own = (stop === -1 ? below : below.slice(0, stop)).filter(each => each.kind === 'text')
    if (/^\s*(?:--|—)\s*$/.test(line.text) ? own.length <= 30 : own.length <= 15) {
      // Under a signature in the middle stands either a quote or, where somebody answers below, a text that stays.
      return lines.slice(0, index)
    }
  }
  return lines.map(line => line.kind === 'delimiter' ? { ...line, kind: 'text' } : line)
}

/** Somebody who answers below the quote: an introduction, quotes, and only then text to the end. */
function afterLeadingQuote(lines: Line[]): Line[] {
  const first = lines.findIndex(line => line.kind === 'text')
  const before = lines.slice(0, first)
  if (!before.some(line => line.kind === 'quote')) return before.some(line => line.kind === 'introduction' || line.kind === 'title') ? lines.slice(first) : lines
  const rest = lines.slice(first)
  return rest.some(line => line.kind === 'quote' || line.kind === 'introduction') && !before.some(line => line.kind === 'introduction') ? lines : rest
}

/** At an introduction with nothing but quotes below, or with the whole mail unmarked below it. */
function cutAtIntroduction(lines: Line[]): Line[] {
  const index = lines.findIndex((line, at) => line.kind === 'introduction' && lines.slice(0, at).some(before => before.kind === 'text'))
  if (index === -1) return lines
  const below = lines.slice(index + 1)
  const quoted = below.some(line => line.kind === 'quote')
  if (!quoted) return lines.slice(0, index)
  const answered = below.filter((line, at) => line.kind === 'text' && below.slice(0, at).some(before => before.kind === 'quote')).length
  const marked = below.findIndex(line => line.kind === 'quote')
  // Text between the introduction and the first quote is the answered mail itself, unmarked.
  if (below.slice(0, marked).some(line => line.kind === 'text')) return lines.slice(0, index)
  if (answered === 0) return lines.slice(0, index)
  // Under one whole quote stands no more than a greeting and a name: the quote is answered above it.
  const end = below.findLastIndex(line => line.kind === 'quote')
  const farewell = below.slice(end + 1).map(line => line.text.trim()).join('').length < 80
  return below.slice(marked, end).some(line => line.kind === 'text') || !farewell ? lines : [...lines.slice(0, index), ...below.slice(end + 1)]
}

/** A last paragraph of short lines that begins with the sender's name and has a telephone, an address or a site in it. */
function cutNameBlock(lines: Line[], sender: string): Line[] {
  const names = sender.toLowerCase().split(/[\s,]+/).filter(word => word.length > 1)
  const gap = lines.findLastIndex(line => line.kind === 'empty')
  const block = lines.slice(gap + 1)
  if (names.length === 0 || gap < 1 || block.length < 2 || block.length > 8 || block.some(line => line.text.length > 80)) return lines
  const first = block[0]!.text.toLowerCase()
  const contacts = block.slice(1).filter(line => /@|https?:|www\.|\+?[\d(][\d\s().-]{6,}/.test(line.text)).length
  return names.every(name => first.includes(name)) && contacts > 0 ? lines.slice(0, gap) : lines
}
