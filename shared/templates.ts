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
