import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { hasWords } from '../../web/ui/server-words.ts'

const root = path.resolve(import.meta.dirname, '../..')
/** What people meet in forms; what only programs send (imports of events, tokens) is said in English. */
const folders = ['server/deals', 'server/coupons', 'server/webhooks', 'server/leads', 'server/journeys', 'server/segments', 'server/flows', 'server/campaigns', 'server/templates', 'server/forms', 'server/contacts', 'server/consent', 'server/activities', 'server/staff', 'server/company', 'shared']

/** Messages of field errors as they stand in the code, with what is put into them as 7. */
function messagesIn(text: string): string[] {
  const said = [
    ...text.matchAll(/\bmessage: (?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/g),
    ...text.matchAll(/\.(?:min|max|regex|refine|length|email|url)\([^'\n]*?, '((?:[^'\\]|\\.)+)'\)/g),
  ]
  return said.map(match => (match[1] ?? match[2] ?? '').replaceAll(/\$\{[^}]*\}/g, '7').replaceAll("\\'", "'")).filter(message => /[a-z]{3}/i.test(message))
}

test('every message about a field has words in both languages', () => {
  const without = new Set<string>()
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue
      for (const message of messagesIn(readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))) if (!hasWords(message)) without.add(`${folder}/${entry.name}: ${message}`)
    }
  }
  expect([...without]).toEqual([])
})
