import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { otherLayout, searchFold, searchStem } from './search-fold.ts'

const names: string[][] = [
  ['Иванов', 'Ivanov'], ['Юрий', 'Yuri', 'Yury', 'Yuriy', 'Iurii', 'Jurij'], ['Щербаков', 'Shcherbakov', 'Sherbakov', 'Scherbakov'], ['Дмитрий', 'Dmitry', 'Dmitriy', 'Dmitrii'],
  ['Татьяна', 'Tatiana', 'Tatyana', 'Tat\'yana'], ['Соловьёв', 'Соловьев', 'Solovyov', 'Soloviev', 'Solovyev'], ['Мария', 'Maria', 'Mariya', 'Marija'], ['Семён', 'Semyon', 'Semen'],
  ['Александр', 'Alexandr', 'Aleksandr'], ['Хабаров', 'Khabarov', 'Habarov'], ['Царёв', 'Tsarev', 'Tsaryov', 'Tzarev'], ['Андреев', 'Andreev', 'Andreyev'], ['Евгений', 'Evgeny', 'Yevgeny', 'Evgenii'],
  ['Анна', 'Anna', 'Ana'], ['Чайковский', 'Chaikovsky', 'Chaykovskiy'], ['Виктор', 'Victor', 'Viktor'], ['Жуков', 'Zhukov'], ['Илья', 'Ilya', 'Ilia'],
]

test.each(names)('%s is one with its transliterations', (...spellings) => {
  expect(new Set(spellings.map(searchFold)).size, spellings.map(searchFold).join(' ')).toBe(1)
})

test('each beginning of a name finds the name in every spelling', () => {
  for (const spellings of names) {
    for (const typed of spellings) {
      for (let length = 2; length <= typed.length; length++) {
        const stem = searchStem(typed.slice(0, length))
        // Of one word in its own spelling the beginning is always found.
        expect(searchFold(typed), `${typed.slice(0, length)} → ${stem}`).toContain(stem)
      }
    }
  }
})

test('the layouts turn into each other and back', () => {
  expect(otherLayout('ghbdtn')).toBe('привет')
  expect(otherLayout('Шмфтщм')).toBe('Ivanov')
  expect(otherLayout('k.,jdm')).toBe('любовь')
  expect(otherLayout('12345')).toBeNull()
  expect(otherLayout('иванов i')).toBeNull()
  const words = fc.array(fc.constantFrom(...'абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВЯ'), { minLength: 1, maxLength: 12 }).map(letters => letters.join(''))
  fc.assert(fc.property(words, (word) => {
    const pressed = otherLayout(word)!
    // Without a Latin letter in it nobody can tell which layout it was.
    if (/[a-z]/i.test(pressed)) expect(otherLayout(pressed)).toBe(word)
  }))
})

/** As in passports (ICAO 9303) and as people write, by letter. */
const passports: Record<string, string>[] = [
  { ж: 'zh', й: 'i', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ы: 'y', ю: 'iu', я: 'ia', ё: 'e' },
  { ж: 'zh', й: 'y', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ы: 'y', ю: 'yu', я: 'ya', ё: 'yo' },
  { ж: 'zh', й: 'j', х: 'kh', ц: 'tz', ч: 'ch', ш: 'sh', щ: 'shch', ы: 'y', ю: 'ju', я: 'ja', ё: 'jo' },
]
const others: Record<string, string> = { а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', з: 'z', и: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', э: 'e' }

test('any word of Russian letters is one with each of its transliterations', () => {
  // Vowels stand by themselves or in twos, consonants before them, as in names.
  const syllable = fc.tuple(fc.constantFrom(...'бвгджзклмнпрстфхцчшщ'), fc.constantFrom(...'аеиоуыэ'), fc.constantFrom('', 'й', 'я', 'ю', 'н', 'в', 'ш'))
  const words = fc.array(syllable, { minLength: 1, maxLength: 4 }).map(syllables => syllables.flat().join(''))
  fc.assert(fc.property(words, fc.constantFrom(...passports), (word, passport) => {
    expect(searchFold([...word].map(letter => passport[letter] ?? others[letter]!).join(''))).toBe(searchFold(word))
  }))
})
