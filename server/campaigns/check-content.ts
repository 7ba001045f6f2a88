import type { ContentCheck, ContentProblem } from '../../shared/campaigns.ts'
import type { MailDocument, MailLocale } from '../../shared/templates.ts'
import type { App } from '../base/app.ts'
import { readCompany } from '../company/company.sql.ts'
import { composeMail } from '../delivery/compose-mail.ts'
import { readSender } from '../delivery/senders.ts'
import { smtpAddress } from '../delivery/smtp-address.ts'
import { listDecided } from '../messages/plan-messages.sql.ts'
import { findPlaces } from '../templates/find-places.ts'
import { decodeEntities, scanHtml } from '../templates/scan-html.ts'
import { loadVersions } from '../templates/mail-data.sql.ts'
import { renderHoles, renderMail } from '../templates/render-mail.ts'
import { loadMailData, type MailData } from '../tracking/load-mail-data.ts'
import type { CampaignRow } from './campaigns.sql.ts'
import { type Behind, lookBehind } from './look-behind.ts'
import { htmlFeatures, imageKinds } from './html-support.ts'
import { spamScore } from './spam-score.ts'

/** Gmail shows no more of a mail than this and puts a link to the rest; the pixel at the end is lost with it. */
const clippedAt = 102 * 1024
const heavyImage = 500 * 1024
const heavyImages = 1024 * 1024
const mostAddresses = 60
const atOnce = 8

type Found = Omit<ContentProblem, 'places'>
type Look = (url: string) => Promise<Behind>

/**
 * What of a campaign's mail can be checked once for all people: each language as its first recipient would get it.
 * Links and pictures are asked for outside; whatever comes back is a finding. `look`, `rate`: for tests.
 */
export async function checkContent(app: App, campaign: CampaignRow, look: Look = lookBehind, rate = spamScore): Promise<ContentCheck> {
  const versionId = campaign.template_version_id ?? campaign.current_version_id
  const version = versionId === null ? undefined : (await loadVersions(app.db, [versionId])).get(versionId)
  if (versionId === null || !version) return { mails: [], problems: [], links: 0, images: 0, spam: null }
  const people = campaign.segment_id === null ? [] : await listDecided(app.db, campaign.segment_id, campaign.topic_id, null, 0, 200)
  const loaded = await loadMailData(app, app.db, people.map(person => ({ contact_id: person.id, id: 0, kind: 'test', template_version_id: versionId, context: {} })))
  const problems: Found[] = []
  const mails: ContentCheck['mails'] = []
  // How an address that is made for each person stands in the mail.
  const sources = new Map<string, string>()
  const links = new Set<string>()
  const images = new Map<string, string>()
  let spam: ContentCheck['spam'] = null
  for (const locale of Object.keys(version.document.locales) as MailLocale[]) {
    const at = loaded.findIndex(each => each?.locale === locale)
    const data = loaded[at]
    if (!data) continue
    const mail = renderMail(data.compiled, data)
    const bytes = Buffer.byteLength(mail.html)
    mails.push({ locale, bytes })
    if (bytes > clippedAt) problems.push({ level: 'warning', code: 'clipped', locale, subject: `${Math.ceil(bytes / 1024)}`, detail: null })
    problems.push(...findUnsupported(mail.html, locale))
    const found = addressesIn(mail.html)
    for (const { number, url } of mail.links) {
      const link = data.compiled.links[number - 1]
      if (link?.kind === 'personal') sources.set(url, link.source)
    }
    // The person's own pages are ours, and not for a machine to open.
    for (const url of [...found.links, ...mail.links.map(link => link.url)]) {
      if (/^https?:/i.test(url) && !url.startsWith(`${app.settings.publicUrl}/`)) links.add(url)
    }
    for (const image of found.images) {
      images.set(image.src, image.src)
      if (image.alt === null) problems.push({ level: 'warning', code: 'no_alt', locale, subject: image.src.slice(0, 300), detail: null })
    }
    spam ??= await scoreOf(app, data, people[at]?.email ?? null, rate)
  }
  problems.push(...await checkAddresses([...links].slice(0, mostAddresses), [...images.keys()].slice(0, mostAddresses), look))
  const placed = problems.slice(0, 200).map(problem => ({ ...problem, places: placesOf(version.document, problem, sources) }))
  return { mails, problems: placed, links: links.size, images: images.size, spam }
}

/** The blocks a link or a picture stands in, in each language that has it. */
function placesOf(document: MailDocument, { subject, locale }: Found, sources: Map<string, string>): ContentProblem['places'] {
  if (!/^(https?:|data:|cid:|\/|[\w-]+\.)/i.test(subject)) return []
  const what = sources.get(subject) ?? subject
  return (Object.keys(document.locales) as MailLocale[]).filter(each => locale === null || each === locale).flatMap(each => findPlaces(document, each, what).map(place => ({ locale: each, ...place })))
}

/** Tags and styles that large mail programs do not know. */
export function findUnsupported(html: string, locale: MailLocale): Found[] {
  const tags = scanHtml(html)
  const names = new Set(tags.map(tag => tag.name))
  // What stands in comments for Outlook only is meant for it.
  const visible = html.replace(/<!--\[if[^\]]*\]>[\s\S]*?<!\[endif\]-->/gi, '')
  const styles = [...visible.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style/gi)].map(match => match[1]!).join('\n') + tags.flatMap(tag => tag.attributes.filter(attribute => attribute.name === 'style').map(attribute => `\n${attribute.value}`)).join('')
  return htmlFeatures.filter(feature => feature.where === 'tag' ? [...names].some(name => feature.pattern.test(name)) : feature.pattern.test(styles))
    .map(feature => ({ level: feature.level, code: `html_${feature.code}`, locale, subject: feature.lacking, detail: null }))
}

function addressesIn(html: string): { links: string[], images: { src: string, alt: string | null }[] } {
  const links: string[] = []
  const images: { src: string, alt: string | null }[] = []
  for (const tag of scanHtml(html)) {
    if (tag.closing) continue
    const value = (name: string) => tag.attributes.find(attribute => attribute.name === name)?.value
    if (tag.name === 'a') links.push(decodeEntities(value('href') ?? ''))
    if (tag.name === 'img' && value('width') !== '1') images.push({ src: decodeEntities(value('src') ?? '').trim(), alt: value('alt') ?? null })
  }
  return { links, images }
}

async function checkAddresses(links: string[], images: string[], look: Look): Promise<Found[]> {
  const problems: Found[] = []
  let weight = 0
  const add = (level: Found['level'], code: string, url: string, detail: string | null = null) => problems.push({ level, code, locale: null, subject: url.slice(0, 500), detail })
  const jobs = [
    ...links.map(url => async () => {
      const behind = await look(url)
      if (behind.kind === 'gone') add('error', 'link_gone', url, String(behind.status))
      else if (behind.kind === 'unreachable') add('error', behind.reason === 'other' ? 'link_unreachable' : `link_${behind.reason}`, url, behind.reason === 'certificate' || behind.reason === 'other' ? behind.detail : null)
      else if (behind.kind === 'private') add('error', 'link_private', url)
      else if (behind.kind === 'refuses' && behind.status >= 500) add('warning', 'link_trouble', url, String(behind.status))
      if (/^http:/i.test(url)) add('warning', 'link_plain', url)
    }),
    ...images.map(src => async () => {
      if (src.startsWith('cid:')) return
      if (src.startsWith('data:')) return void add('error', 'image_inside', src.slice(0, 60))
      if (!/^https?:/i.test(src)) return void add('error', 'image_address', src)
      for (const kind of imageKinds) if (kind.pattern.test(src)) add('warning', kind.code, src, kind.lacking)
      const behind = await look(src)
      if (behind.kind === 'private') add('error', 'image_private', src)
      else if (behind.kind !== 'found') add('error', behind.kind === 'unreachable' && behind.reason === 'domain' ? 'image_domain' : 'image_missing', src, behind.kind === 'unreachable' ? (behind.reason === 'other' || behind.reason === 'certificate' ? behind.detail : null) : String(behind.status))
      else if (behind.type !== '' && !/^image\//i.test(behind.type)) add('error', 'image_is_no_image', src, behind.type.slice(0, 100))
      else if (behind.bytes !== null) {
        weight += behind.bytes
        if (behind.bytes > heavyImage) add('warning', 'image_heavy', src, `${Math.round(behind.bytes / 1024)}`)
      }
    }),
  ]
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job()
  }))
  if (weight > heavyImages) add('warning', 'images_heavy', String(Math.round(weight / 1024)))
  return problems.toSorted((one, other) => one.code < other.code ? -1 : one.code > other.code ? 1 : one.subject < other.subject ? -1 : 1)
}

/** SpamAssassin's opinion of the mail as it would leave, signature and all. */
async function scoreOf(app: App, data: MailData, email: string | null, rate: typeof spamScore): Promise<ContentCheck['spam']> {
  const to = smtpAddress(email ?? '')
  const sender = await readSender(app, await readCompany(app.db))
  if (!to || !sender) return null
  const mail = await composeMail(data.compiled, renderHoles(data.compiled, data), sender, {
    to, toName: data.to_name, date: app.now(), messageId: `content-check@${sender.domain}`, returnPath: null, unsubscribeUrl: data.unsubscribe_url, unsubscribeAddress: null, listId: null, feedbackId: null, automatic: false, answers: null, own: '0.0',
  })
  return rate(Buffer.concat(mail.content))
}
