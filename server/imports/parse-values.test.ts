import { describe, expect, test } from 'vitest'
import { OrderAssembler, OrderEnds } from './assemble-orders.ts'
import { guessColumns } from './guess-columns.ts'
import { simpleName } from './simple-name.ts'
import { asDate, asDay, detectDateFormat, detectDecimal, findCurrency, parseAmount, parseMoment, parseSubscription, splitName } from './parse-values.ts'
import { readContact, readOrderLine } from './read-rows.ts'
import { csvCell } from './imports.routes.ts'

describe('dates', () => {
  const day = (text: string, format: 'ymd' | 'dmy' | 'mdy' = 'dmy') => {
    const at = parseMoment(text, format)
    return at && asDay(at)
  }
  test('the usual ways to write a day', () => {
    for (const text of ['2026-11-24', '24.11.2026', '24/11/2026', '24.11.26', '20261124', '24 ноября 2026 г.', '24 Nov 2026', 'Nov 24, 2026', '2026-11-24T10:00:00Z', '24-11-2026 10:15', '46350']) expect(day(text), text).toBe('2026-11-24')
    expect(day('11/24/2026', 'mdy')).toBe('2026-11-24')
  })
  test('what is no day is none', () => {
    for (const text of ['', 'soon', '31.02.2026', '2026-13-01', '24.11', '99/99/9999', '24.11.2026 25:00']) expect(day(text), text).toBeNull()
  })
  test('the order of a column is found from its values', () => {
    expect(detectDateFormat(['01/02/2026', '25/02/2026'], 'mdy')).toBe('dmy')
    expect(detectDateFormat(['01/02/2026', '02/25/2026'], 'dmy')).toBe('mdy')
    expect(detectDateFormat(['01.02.2026'], 'mdy')).toBe('dmy')
    expect(detectDateFormat(['2026-02-01'], 'mdy')).toBe('ymd')
  })
  test('a time without a zone is that of the company, also where clocks change', () => {
    expect(asDate(parseMoment('24.11.2026 14:30', 'dmy')!, 'Europe/Moscow').toISOString()).toBe('2026-11-24T11:30:00.000Z')
    expect(asDate(parseMoment('2026-03-29 12:00', 'ymd')!, 'Europe/Berlin').toISOString()).toBe('2026-03-29T10:00:00.000Z')
    expect(asDate(parseMoment('2026-03-29 00:30', 'ymd')!, 'Europe/Berlin').toISOString()).toBe('2026-03-28T23:30:00.000Z')
    expect(asDate(parseMoment('2026-11-24T14:30:00+05:00', 'ymd')!, 'Europe/Moscow').toISOString()).toBe('2026-11-24T09:30:00.000Z')
  })
})

describe('numbers', () => {
  test('decimal marks, thousands, signs of currency', () => {
    expect(parseAmount('1 490,50 ₽', ',')).toBe(1490.5)
    expect(parseAmount('1.490,50', ',')).toBe(1490.5)
    expect(parseAmount('$1,490.50', '.')).toBe(1490.5)
    expect(parseAmount('1,490', '.')).toBe(1490)
    expect(parseAmount('-12.5', '.')).toBe(-12.5)
    expect(parseAmount('(12.50)', '.')).toBe(-12.5)
    expect(parseAmount('1,490,000', ',')).toBe(1490000)
    expect(parseAmount('12 руб.', '.')).toBe(12)
    for (const text of ['', 'free', '1-2', '12.34.56', '1,2,3']) expect(parseAmount(text, '.'), text).toBeNull()
  })
  test('the mark of a column', () => {
    expect(detectDecimal(['1,5', '1 200,75'])).toBe(',')
    expect(detectDecimal(['1,490', '2,000'])).toBe('.')
    expect(detectDecimal(['1.490,50'])).toBe(',')
  })
  test('currencies by code and sign', () => {
    expect(findCurrency('amount usd')).toBe('USD')
    expect(findCurrency('1 490 ₽')).toBe('RUB')
    expect(findCurrency('сумма')).toBeNull()
  })
})

test('names are split as their language writes them', () => {
  expect(splitName('Кузнецов Ерофей Богданович')).toEqual({ first_name: 'Ерофей', last_name: 'Кузнецов' })
  expect(splitName('Иванова Анна')).toEqual({ first_name: 'Анна', last_name: 'Иванова' })
  expect(splitName('Anna van der Berg')).toEqual({ first_name: 'Anna', last_name: 'van der Berg' })
  expect(splitName('Berg, Anna')).toEqual({ first_name: 'Anna', last_name: 'Berg' })
})

test('what a status says about mail', () => {
  expect(['active', 'Subscribed', 'unsubscribed', 'bounced', 'отписан', 'да', 'pending', 'unreachable', 'spam complaint', 'whatever'].map(parseSubscription))
    .toEqual(['granted', 'granted', 'withdrawn', 'bounced', 'withdrawn', 'granted', 'unknown', 'bounced', 'complained', 'unknown'])
})

describe('columns', () => {
  const guess = (names: string[], rows: string[][] = []) => guessColumns(names, rows, { fields: [{ key: 'size', label: 'Размер', kind: 'text' }], phoneCountry: 'RU' })
  test('names in two languages and several spellings', () => {
    expect(guess(['E-Mail', 'firstName', 'Фамилия', 'Рабочий телефон', 'Размер', '№']).columns.map(column => column.to)).toEqual(['email', 'first_name', 'last_name', 'phone', 'fields.size', ''])
    expect(simpleName(' E-Mail_Address ')).toBe('e mail address')
  })
  test('unknown columns become custom fields of the right kind, empty ones nothing', () => {
    const { columns } = guess(['email', 'Birthday', 'Points', 'Zip', 'Empty'], [['a@b.ru', '24.11.1990', '12,5', '01234', ''], ['c@d.ru', '01.02.1985', '3', '99999', '']])
    expect(columns.map(column => [column.to, column.new_field?.kind])).toEqual([['email', undefined], ['new_field', 'date'], ['new_field', 'number'], ['new_field', 'text'], ['', undefined]])
    expect(columns[1]!.date_format).toBe('dmy')
    expect(columns[2]!.decimal).toBe(',')
  })
  test('a file without a heading is read by its values', () => {
    expect(guess(['', ''], [['anna@example.com', '+7 916 123-45-67'], ['bob@example.com', '8 495 123-45-67']]).columns.map(column => column.to)).toEqual(['email', 'phone'])
  })
  test('purchases are told from people', () => {
    const { kind, columns, currency } = guess(['customer_id', 'date', 'number_of_cds', 'amount_usd'], [['00004', '1997-01-01', '2', '29.33']])
    expect(kind).toBe('orders')
    expect(columns.map(column => column.to)).toEqual(['external_id', 'ordered_at', 'quantity', 'amount'])
    expect(currency).toBe('USD')
  })
  test('the same amount on every line is that of the order', () => {
    expect(guess(['email', 'order id', 'date', 'amount'], [['a@b.ru', '1', '2026-01-01', '5'], ['a@b.ru', '1', '2026-01-01', '5']]).amount_of).toBe('order')
    expect(guess(['email', 'order id', 'date', 'amount'], [['a@b.ru', '1', '2026-01-01', '5'], ['a@b.ru', '1', '2026-01-01', '7']]).amount_of).toBe('line')
  })
})

describe('rows', () => {
  const context = { fields: [], timeZone: 'UTC', currency: 'RUB', stages: new Map(), now: new Date('2026-11-24') }
  const options = { update: 'overwrite', tags: [], source: '', consent: null, amount_of: 'order', pipeline_id: null, event_type: null } as const
  test('a row nobody can be recognised by is refused, one with too many cells as well', () => {
    expect(readContact({ line: 2, cells: ['', 'Anna'] }, [{ to: 'email' }, { to: 'first_name' }], context)).toMatchObject({ refused: true })
    expect(readContact({ line: 2, cells: ['a@b.ru', 'Anna', 'x'] }, [{ to: 'email' }, { to: 'first_name' }], context).errors[0]!.message).toContain('3 columns')
    expect(readContact({ line: 2, cells: ['a@b.ru', 'Anna', ''] }, [{ to: 'email' }, { to: 'first_name' }], context).refused).toBe(false)
  })
  const columns = [{ to: 'email' }, { to: 'order_id' }, { to: 'ordered_at' }, { to: 'amount' }, { to: 'sku' }]
  const line = (cells: string[]) => readOrderLine({ line: 1, cells }, columns, { ...options, tags: [], segment_id: null, as_leads: false }, context)
  test('lines of one order are put together wherever they stand', () => {
    const lines = [line(['a@b.ru', '1', '2026-01-01', '10', 'A']), line(['c@d.ru', '2', '2026-01-01', '5', 'C']), line(['a@b.ru', '1', '2026-01-01', '20', 'B'])]
    const ends = new OrderEnds()
    lines.forEach((one, index) => ends.see(one.order_id!, index + 1))
    const assembler = new OrderAssembler(ends, 'line')
    const orders = lines.flatMap((one, index) => assembler.push(one, index + 1) ?? [])
    expect(orders.map(order => [order.order_id, order.amount, order.items.length, order.last_row])).toEqual([['2', 5, 1, 2], ['1', 30, 2, 3]])
  })
  test('without numbers, equal rows are two purchases, and the same file gives the same numbers again', () => {
    const read = () => {
      const assembler = new OrderAssembler(new OrderEnds(), 'order')
      return [1, 2].map(row => assembler.push(line(['a@b.ru', '', '2026-01-01', '10', '']), row)!.order_id)
    }
    expect(new Set(read()).size).toBe(2)
    expect(read()).toEqual(read())
  })
  test('no date, no amount, the future and nonsense are told by column', () => {
    expect(line(['a@b.ru', '1', '', '10']).errors[0]!.field).toBe('ordered_at')
    expect(line(['a@b.ru', '1', '2026-01-01', '']).errors[0]!.field).toBe('amount')
    expect(line(['a@b.ru', '1', '2027-01-01', '1']).errors[0]!.message).toContain('future')
    expect(line(['a@b.ru', '1', '2026-01-01', 'ten']).errors[0]!.field).toBe('amount')
  })
})

test('what a spreadsheet would run is defused, numbers and phones stay', () => {
  expect(['=cmd()', '+7 916 123-45-67', '-5', '@x', 'a,b', '-1+1|x'].map(csvCell)).toEqual(["'=cmd()", '+7 916 123-45-67', '-5', "'@x", '"a,b"', "'-1+1|x"])
})
