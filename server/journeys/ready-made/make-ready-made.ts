import type { Db } from '../../base/db.ts'
import { withTransaction } from '../../base/db.ts'
import { invalid, notFound } from '../../base/errors.ts'
import { readCompany } from '../../company/company.sql.ts'
import { findTopic } from '../../consent/topics.sql.ts'
import { createCustomField, listCustomFields } from '../../contacts/custom-fields.sql.ts'
import { ensureTags } from '../../contacts/tags.sql.ts'
import { insertPool } from '../../coupons/pools.sql.ts'
import { createSegment } from '../../segments/save-segment.ts'
import { createTemplate } from '../../templates/save-template.ts'
import { siteOf } from '../../templates/seed-templates.ts'
import type { MailLocale } from '../../../shared/templates.ts'
import type { ReadyMadeJourney, ReadyMadeKey } from '../../../shared/ready-made.ts'
import { insertJourney } from '../journeys.sql.ts'
import type { Journey } from '../journeys.sql.ts'
import { readyMadeMails } from './mails.ts'
import type { MailKey } from './mails.ts'
import { findMade, findPoolByName, findSegmentByName, findUntouchedMail, workingUser } from './made.sql.ts'
import { recipes } from './recipes.ts'
import type { Parts, Recipe } from './recipes.ts'

const makes = (recipe: Recipe): ReadyMadeJourney['makes'] => (['segment', 'field', 'tag', 'pool'] as const).filter(part => recipe[part] !== undefined)

/** All of them with their flow, in the company's language. */
export async function listReadyMade(db: Db, order: readonly ReadyMadeKey[]): Promise<ReadyMadeJourney[]> {
  const { language, sender_email } = await readCompany(db)
  const made = await findMade(db)
  return order.map(key => {
    const recipe = recipes.find(one => one.key === key)!
    const numbers = new Map(recipe.mails.map((mail, index) => [mail, index]))
    // Mails have no number yet: the place in the list stands for it, to find the step of each.
    const graph = recipe.graph({ mail: mail => numbers.get(mail) ?? null, topic: null, user: 'owner', segment: null, tag: null, pool: null })
    const mails = recipe.mails.map((mail, index) => ({
      step: Object.entries(graph.steps).find(([, step]) => step.kind === 'mail' && step.template_id === index)?.[0] ?? '',
      name: readyMadeMails[mail].name[language],
      subject: readyMadeMails[mail].document(siteOf(sender_email)).locales[language]?.subject ?? '',
    }))
    return { key, name: recipe.name[language], graph: recipe.graph({ mail: () => null, topic: null, user: 'owner', segment: null, tag: null, pool: null }), mails, makes: makes(recipe), choices: recipe.choices, journey_id: made.get(key) ?? null }
  })
}

export type Choices = { topicId: number, userId: number | null, site: string | undefined, by: number | null }

/** Makes the journey as a draft, with its mails in both languages and its segment, field, tag and coupons: all of it or nothing. */
export async function makeReadyMade(db: Db, key: ReadyMadeKey, choices: Choices, now: Date): Promise<Journey> {
  const recipe = recipes.find(one => one.key === key)
  if (!recipe) throw notFound('ready-made journey')
  return await withTransaction(db, async tx => {
    const company = await readCompany(tx)
    const language = company.language
    const ownSite = siteOf(company.sender_email)
    const topic = await findTopic(tx, choices.topicId)
    if (!topic || topic.archived_at !== null) throw invalid([{ field: 'topic_id', message: 'there is no such topic' }])
    const user = recipe.choices.includes('user') ? await workingUser(tx, choices.userId ?? choices.by) : null
    if (recipe.choices.includes('user') && user === null) throw invalid([{ field: 'user_id', message: 'choose who takes over' }])
    const templates = await makeMails(tx, recipe.mails, { site: choices.site?.replace(/\/$/, '') ?? ownSite, ownSite, language, by: choices.by }, now)
    const parts: Parts = {
      mail: mail => templates.get(mail) ?? null,
      topic: choices.topicId, user: user ?? 'owner',
      segment: recipe.segment ? await findSegmentByName(tx, recipe.segment.name[language]) ?? await createSegment(tx, { name: recipe.segment.name[language], description: recipe.segment.description[language], condition: recipe.segment.condition }, choices.by, now) : null,
      tag: recipe.tag ? (await ensureTags(tx, [recipe.tag[language]])).get(recipe.tag[language].toLowerCase()) ?? null : null,
      pool: recipe.pool ? await findPoolByName(tx, recipe.pool.name[language]) ?? await insertPool(tx, { name: recipe.pool.name[language], kind: 'pattern', pattern: recipe.pool.pattern, valid_days: recipe.pool.valid_days, low_stock: 0, created_by: choices.by }, now) : null,
    }
    if (recipe.field && !(await listCustomFields(tx)).some(field => field.key === recipe.field!.key)) {
      await createCustomField(tx, { key: recipe.field.key, label: recipe.field.label[language], kind: 'date', options: [], position: 0 }, now)
    }
    return await insertJourney(tx, { name: recipe.name[language], description: '', draft: inLanguage(recipe, parts, language), recipe: key, created_by: choices.by }, now)
  })
}

/** What people at the company read in the journey itself. */
function inLanguage(recipe: Recipe, parts: Parts, language: MailLocale) {
  const graph = recipe.graph(parts)
  const words = language === 'ru' ? { ordered: 'Оформил заказ', nurtured: 'Прогрет письмами', call: 'Позвонить по заявке' } : { ordered: 'Placed an order', nurtured: 'Warmed up by mails', call: 'Call about the enquiry' }
  return {
    ...graph,
    ...graph.goals ? { goals: graph.goals.map(goal => ({ ...goal, name: words.ordered })) } : {},
    steps: Object.fromEntries(Object.entries(graph.steps).map(([key, step]) => [key,
      step.kind === 'create_lead' ? { ...step, label: words.nurtured } : step.kind === 'create_task' ? { ...step, title: words.call } : step])),
  }
}

async function makeMails(tx: Db, keys: MailKey[], { site, ownSite, language, by }: { site: string, ownSite: string, language: MailLocale, by: number | null }, now: Date): Promise<Map<MailKey, number>> {
  const made = new Map<MailKey, number>()
  for (const key of keys) {
    const { name, kind, document } = readyMadeMails[key]
    // A mail the company began with that nobody has touched is this very mail.
    const known = site === ownSite ? await findUntouchedMail(tx, name[language], kind) : undefined
    made.set(key, known ?? await createTemplate(tx, { name: name[language], kind, document: document(site) }, by, language, now))
  }
  return made
}
