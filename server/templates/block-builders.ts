import type { MailBlock, MailDocument, MailVariant } from '../../shared/templates.ts'

/** Short ways to write a mail's document in code: ready-made templates, the confirmation mail, tests. */
type Leaf = Exclude<MailBlock, { kind: 'columns' }>
type Block<K extends MailBlock['kind']> = Extract<MailBlock, { kind: K }>
type Options<K extends MailBlock['kind']> = Partial<Omit<Block<K>, 'id' | 'kind'>>

let count = 0
/** Only has to be unique within one document. */
const newId = () => `b${(count = (count + 1) % 1_000_000).toString(36)}`

export const heading = (text: string, level: 1 | 2 | 3 = 1, options: Options<'heading'> = {}): Block<'heading'> => ({ ...options, id: newId(), kind: 'heading', text, level })
export const text = (html: string, options: Options<'text'> = {}): Block<'text'> => ({ ...options, id: newId(), kind: 'text', html })
export const button = (label: string, url: string, options: Options<'button'> = {}): Block<'button'> => ({ ...options, id: newId(), kind: 'button', label, url })
export const image = (src: string, alt: string, options: Options<'image'> = {}): Block<'image'> => ({ ...options, id: newId(), kind: 'image', src, alt })
export const divider = (options: Options<'divider'> = {}): Block<'divider'> => ({ ...options, id: newId(), kind: 'divider' })
export const spacer = (height: number): Block<'spacer'> => ({ id: newId(), kind: 'spacer', height })
export const products = (source: Block<'products'>['source'], options: Options<'products'> = {}): Block<'products'> => ({ show_price: true, ...options, id: newId(), kind: 'products', source })
export const columns = (...content: Leaf[][]): Block<'columns'> => ({ id: newId(), kind: 'columns', columns: content })

export const variant = (subject: string, preheader: string, blocks: MailBlock[]): MailVariant => ({ subject, preheader, blocks })

export const mailDocumentOf = (locales: MailDocument['locales'], theme: Partial<MailDocument['theme']> = {}): MailDocument => ({
  format: 1,
  theme: { accent: '#1f6f5c', background: '#f3f4f1', font: 'sans', ...theme },
  locales,
})
