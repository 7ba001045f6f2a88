import { z } from 'zod'

/**
 * A mail's document. `format` rises when blocks change meaning; unknown block kinds are refused, never dropped,
 * so a later editor can add kinds without losing older documents.
 * Texts are Liquid ({{ contact.first_name | default: "friend" }}). The text of a `text` block is simple HTML
 * (p, br, b, strong, i, em, u, s, a, ul, ol, li, span, h1–h3), sanitised on save.
 */
const align = z.enum(['left', 'center', 'right']).optional()
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/).optional()

const headingBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('heading'), text: z.string().max(2000), level: z.union([z.literal(1), z.literal(2), z.literal(3)]), align, colour })
const textBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('text'), html: z.string().max(100_000), align })
const buttonBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('button'), label: z.string().max(500), url: z.string().max(4000), align, colour, text_colour: colour })
const imageBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('image'), src: z.string().max(4000), alt: z.string().max(1000), url: z.string().max(4000).optional(), width: z.number().int().min(10).max(600).optional(), align })
const dividerBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('divider'), colour })
const spacerBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('spacer'), height: z.number().int().min(1).max(200) })
/** Products: chosen by hand, or the newest of the contact's last order / a category, resolved when sent. */
const productsBlock = z.strictObject({
  id: z.string().max(40), kind: z.literal('products'),
  source: z.union([
    z.strictObject({ skus: z.array(z.string().max(200)).max(12) }),
    z.strictObject({ last_order: z.literal(true) }),
    z.strictObject({ recommended: z.literal(true) }).describe('what others bought of the categories of their last order and they did not; at most 6'),
  ]),
  show_price: z.boolean(), button_label: z.string().max(200).optional(), url_pattern: z.string().max(2000).optional().describe('https://shop.example/p/{{ product.sku }}'),
})
const leafBlock = z.discriminatedUnion('kind', [headingBlock, textBlock, buttonBlock, imageBlock, dividerBlock, spacerBlock, productsBlock])
const columnsBlock = z.strictObject({ id: z.string().max(40), kind: z.literal('columns'), columns: z.array(z.array(leafBlock).max(30)).min(2).max(3) })
export const mailBlock = z.discriminatedUnion('kind', [headingBlock, textBlock, buttonBlock, imageBlock, dividerBlock, spacerBlock, productsBlock, columnsBlock])
export type MailBlock = z.infer<typeof mailBlock>

export const mailVariant = z.strictObject({
  subject: z.string().max(1000),
  preheader: z.string().max(1000),
  /** exactly one of the two */
  blocks: z.array(mailBlock).max(200).optional(),
  html: z.string().max(1_000_000).optional(),
  attachments: z.array(z.number().int().positive()).max(10).optional().describe('ids of files; a picture shown inside is named `cid:file-<id>` in the mail itself'),
}).refine(variant => (variant.blocks === undefined) !== (variant.html === undefined), 'give either blocks or html')
export type MailVariant = z.infer<typeof mailVariant>

export const mailLocale = z.enum(['en', 'ru'])
export type MailLocale = z.infer<typeof mailLocale>

export const mailDocument = z.strictObject({
  format: z.literal(1),
  theme: z.strictObject({ accent: z.string().regex(/^#[0-9a-fA-F]{6}$/), background: z.string().regex(/^#[0-9a-fA-F]{6}$/), font: z.enum(['sans', 'serif']) }),
  /** at least one; a contact gets their locale's variant, else the company's language, else the first */
  locales: z.partialRecord(mailLocale, mailVariant).refine(locales => Object.keys(locales).length > 0, 'at least one language'),
})
export type MailDocument = z.infer<typeof mailDocument>

// ── on the wire ──────────────────────────────────────────────────────────────────────────────────────
export const templateKind = z.enum(['marketing', 'transactional'])

/** Something that would look wrong. `error`: mend it before sending; `warning`: look at it; `info`: good to know. */
export const mailProblem = z.object({ level: z.enum(['error', 'warning', 'info']), code: z.string(), locale: mailLocale, block_id: z.string().nullable(), message: z.string() })
export type MailProblem = z.infer<typeof mailProblem>

export const templateSummary = z.object({
  id: z.number(), name: z.string(), kind: templateKind, system_key: z.string().nullable(), revision: z.number(),
  version_id: z.number(), version: z.number(), locales: z.array(mailLocale), subject: z.string(),
  created_at: z.iso.datetime(), updated_at: z.iso.datetime(), archived_at: z.iso.datetime().nullable(),
})
export type TemplateSummary = z.infer<typeof templateSummary>

export const templateDetail = templateSummary.extend({ document: mailDocument, used_by: z.array(z.object({ kind: z.enum(['journey', 'campaign', 'system']), id: z.number(), name: z.string(), live: z.boolean() })) })
export type TemplateDetail = z.infer<typeof templateDetail>

export const templateVersion = z.object({ id: z.number(), number: z.number(), created_at: z.iso.datetime(), created_by: z.string().nullable(), current: z.boolean() })
export type TemplateVersion = z.infer<typeof templateVersion>

export const newTemplate = z.object({ name: z.string().trim().min(1).max(200), kind: templateKind.default('marketing'), document: mailDocument.optional().describe('left out: an empty mail in the company language'), copy_of: z.number().int().optional() })
export const templateChange = z.object({ revision: z.number().int(), name: z.string().trim().min(1).max(200).optional(), kind: templateKind.optional(), document: mailDocument.optional() })

export const previewBody = z.object({ document: mailDocument, locale: mailLocale, kind: templateKind.default('marketing'), contact_id: z.number().int().optional().describe('left out: an example person'), with_source: z.boolean().default(false).describe('also the HTML with its Liquid, to go on in HTML') })
export const mailPreview = z.object({ subject: z.string(), preheader: z.string(), html: z.string(), text: z.string(), problems: z.array(mailProblem), source: z.string().optional() })
export type MailPreview = z.infer<typeof mailPreview>

export const testMailBody = z.object({ email: z.email().max(320), locale: mailLocale.optional(), contact_id: z.number().int().optional().describe('whose fields fill it in') })

export const personalField = z.object({ path: z.string(), label: z.object({ en: z.string(), ru: z.string() }), group: z.enum(['contact', 'custom', 'orders', 'company', 'links']), example: z.string(), always: z.boolean().describe('never empty') })
export type PersonalField = z.infer<typeof personalField>
