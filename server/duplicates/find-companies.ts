import type { CompanyReason, DuplicateCompany } from '../../shared/company-duplicates.ts'
import type { DuplicateLevel } from '../../shared/duplicates.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { compareCompanies, type ComparableCompany } from './compare-companies.ts'
import { candidatesOfTyped, comparableCompanies, comparableOfTyped, companyCandidates, countCompanies, replaceCompanyPairs, setCompared, shownCompanies, uncompared, type FoundCompanies, type TypedCompany } from './company-pairs.sql.ts'
import { holdFinder } from './pairs.sql.ts'

const companiesAtOnce = 500

/** The loop: companies that were changed are compared with those that share a key, each part in one transaction. True: more is to be done. */
export async function findDuplicateCompanies(app: App): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    if (!await holdFinder(tx)) return false
    const changed = await uncompared(tx, companiesAtOnce)
    if (changed.length === 0) return false
    const ids = changed.map(company => company.id)
    await replaceCompanyPairs(tx, ids, await findPairs(tx, ids))
    await setCompared(tx, changed)
    await touch(tx, 'duplicates')
    return true
  })
}

async function findPairs(tx: Db, ids: number[]): Promise<FoundCompanies[]> {
  const candidates = await companyCandidates(tx, ids)
  const [found, companies] = [await comparableCompanies(tx, [...new Set(candidates.flatMap(pair => [pair.company_id, pair.other_company_id]))]), await countCompanies(tx)]
  return candidates.flatMap(pair => {
    const one = found.get(pair.company_id)!
    const { score, level, reasons } = compareCompanies(one, found.get(pair.other_company_id)!, { companies, namesakes: namesakesOf(one, found.values()) })
    return level === null ? [] : [{ ...pair, score, level, reasons }]
  })
}

/** Companies of one name share its key, so all of them are among the candidates. */
const namesakesOf = (one: ComparableCompany, among: Iterable<ComparableCompany>): number => [...among].filter(other => other.words.join() === one.words.join()).length

/** Which companies may be the one that is being typed in, the surest first; at most five. */
export async function findCompaniesLike(db: Db, typed: TypedCompany): Promise<{ company: DuplicateCompany, score: number, level: DuplicateLevel, reasons: CompanyReason[] }[]> {
  const found = await comparableCompanies(db, await candidatesOfTyped(db, typed))
  if (found.size === 0) return []
  const [own, companies] = [await comparableOfTyped(db, typed), await countCompanies(db)]
  const like = [...found].flatMap(([id, other]) => {
    const { score, level, reasons } = compareCompanies(own, other, { companies, namesakes: namesakesOf(own, found.values()) + 1 })
    return level === null ? [] : [{ id, score, level, reasons }]
  }).toSorted((one, other) => other.score - one.score).slice(0, 5)
  const shown = await shownCompanies(db, like.map(({ id }) => id))
  return like.map(({ id, ...rest }) => ({ ...rest, company: shown.get(id)! }))
}
