/**
 * Tells in which encoding a file is written, from all of its bytes, fed in parts. UTF-8 and UTF-16 are known by their
 * form. Old single-byte encodings are told apart by their words: Western words mix Latin letters with a few others
 * ("Müller"), Cyrillic ones consist of the upper half alone, and decoded wrongly their letters are of the wrong
 * frequency and their capitals stand in the middle of words.
 */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251' | 'koi8-r' | 'ibm866' | 'windows-1252'
export const encodings: Encoding[] = ['utf-8', 'windows-1251', 'utf-16le', 'utf-16be', 'koi8-r', 'ibm866', 'windows-1252']

const sampleBytes = 256 * 1024
const headBytes = 64 * 1024

export class EncodingDetector {
  #utf8 = new TextDecoder('utf-8', { fatal: true })
  #validUtf8 = true
  #head = Buffer.alloc(0)
  #sample: Buffer[] = []
  #sampled = 0

  push(part: Buffer): void {
    if (this.#head.length < headBytes) this.#head = Buffer.concat([this.#head, part.subarray(0, headBytes - this.#head.length)])
    if (this.#validUtf8) {
      try {
        this.#utf8.decode(part, { stream: true })
      } catch {
        this.#validUtf8 = false
      }
    }
    // Only what lies beyond ASCII tells encodings apart, wherever in the file it begins.
    if (this.#sampled < sampleBytes && part.some(byte => byte >= 0x80)) {
      const first = Math.max(0, part.findIndex(byte => byte >= 0x80) - 64)
      const piece = part.subarray(first, first + sampleBytes - this.#sampled)
      this.#sample.push(Buffer.from(piece))
      this.#sampled += piece.length
    }
  }

  end(): Encoding {
    if (this.#validUtf8) {
      try {
        this.#utf8.decode()
      } catch {
        this.#validUtf8 = false
      }
    }
    const head = this.#head
    if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
    if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
    const wide = wideEncoding(head)
    if (wide !== null) return wide
    if (this.#validUtf8 || (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf)) return 'utf-8'
    return singleByteEncoding(Buffer.concat(this.#sample))
  }
}

/** UTF-16 without a mark: in Latin and Cyrillic text every second byte is 0x00 or 0x04. */
function wideEncoding(head: Buffer): Encoding | null {
  if (head.length < 4) return null
  const small = [0, 0]
  for (let index = 0; index < head.length; index++) if (head[index] === 0 || head[index] === 4) small[index % 2]!++
  const half = head.length / 2
  if (!head.includes(0)) return null
  if (small[1]! > half * 0.7 && small[0]! < half * 0.3) return 'utf-16le'
  if (small[0]! > half * 0.7 && small[1]! < half * 0.3) return 'utf-16be'
  return null
}

const isLatin = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)

function singleByteEncoding(sample: Buffer): Encoding {
  const words: Buffer[] = []
  let mixed = 0
  for (let start = 0; start < sample.length;) {
    while (start < sample.length && !isLatin(sample[start]!) && sample[start]! < 0x80) start++
    let end = start
    let high = 0
    let latin = 0
    for (; end < sample.length && (isLatin(sample[end]!) || sample[end]! >= 0x80); end++) {
      if (sample[end]! >= 0x80) high++
      else latin++
    }
    if (high > 0) {
      words.push(sample.subarray(start, end))
      if (latin > high) mixed++
    }
    start = end + 1
  }
  if (words.length === 0 || mixed > words.length / 2) return 'windows-1252'
  const candidates: Encoding[] = ['windows-1251', 'koi8-r', 'ibm866']
  const scores = candidates.map(encoding => scoreCyrillic(words, encoding))
  return candidates[scores.indexOf(Math.max(...scores))]!
}

/** How often each letter stands in a thousand letters of Russian text (National Corpus of the Russian Language, rounded). */
const perThousand: Record<string, number> = {
  о: 110, е: 85, а: 80, и: 74, н: 67, т: 63, с: 55, р: 47, в: 45, л: 44, к: 35, м: 32, д: 30, п: 28, у: 26, я: 20, ы: 19, ь: 17,
  г: 17, з: 16, б: 16, ч: 14, й: 12, х: 10, ж: 9, ш: 7, ю: 6, ц: 5, щ: 4, э: 3, ф: 3, ъ: 1, ё: 1, і: 3, ї: 2, є: 2,
}
const unlikely = Math.log(0.05 / 1000)

function scoreCyrillic(words: Buffer[], encoding: Encoding): number {
  const decoder = new TextDecoder(encoding)
  let score = 0
  let letters = 0
  for (const word of words) {
    const text = decoder.decode(word)
    let previous = ''
    for (const letter of text) {
      const small = letter.toLowerCase()
      letters++
      score += perThousand[small] === undefined ? unlikely : Math.log(perThousand[small] / 1000)
      // A capital after a small letter: Пётр never becomes пЁТР.
      if (previous !== '' && letter !== small && previous === previous.toLowerCase() && /\p{L}/u.test(previous)) score += unlikely
      previous = letter
    }
  }
  return letters === 0 ? -Infinity : score / letters
}
