import type { MailBlock, MailDocument, MailLocale, MailVariant } from '../../shared/templates.ts'
import { escapeHtml, maskLiquid, withoutReserved } from './liquid.ts'
import { readTextHtml } from './sanitise-html.ts'
import { unsubscribeFooter } from './unsubscribe-footer.ts'

type LeafBlock = Exclude<MailBlock, { kind: 'columns' }>
type Products = Extract<MailBlock, { kind: 'products' }>

const fontStacks = {
  sans: "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
  serif: "Georgia, 'Times New Roman', Times, serif",
}

/**
 * The blocks of one language as MJML. All Liquid is cut out into `pieces` and stands as marks in the MJML, so
 * that neither MJML nor an HTML parser can touch it. `products` names the lists the mail needs when sent:
 * the block number N reads the Liquid variable `products.pN`.
 */
export function blocksToMjml(document: MailDocument, locale: MailLocale, variant: MailVariant, withFooter: boolean): { mjml: string, pieces: string[], products: Products['source'][] } {
  const writer = new MjmlWriter(document.theme)
  const body = writer.sections(variant.blocks ?? [])
  const footer = withFooter ? `<mj-section padding="8px 16px 32px"><mj-column><mj-text font-size="12px" line-height="1.6" color="#7a7f7c" align="center">${writer.html(unsubscribeFooter(locale))}</mj-text></mj-column></mj-section>` : ''
  const mjml = `<mjml lang="${locale}"><mj-head>
<mj-title>${writer.text(variant.subject)}</mj-title>
<mj-preview>${writer.text(variant.preheader)}</mj-preview>
<mj-attributes>
<mj-all font-family="${fontStacks[document.theme.font]}" />
<mj-text font-size="16px" line-height="1.6" color="#2b302d" padding="8px 28px" />
<mj-button padding="16px 28px" inner-padding="14px 26px" border-radius="8px" font-size="16px" font-weight="600" />
<mj-image padding="8px 28px" border-radius="8px" />
<mj-divider padding="14px 28px" border-width="1px" />
<mj-table font-size="15px" line-height="1.5" color="#2b302d" padding="8px 28px" />
<mj-section padding="0" />
</mj-attributes>
<mj-style>.text p { margin: 0 0 12px } .text p:last-child { margin-bottom: 0 } .text ul, .text ol { margin: 0 0 12px; padding-left: 22px } .text a { color: ${document.theme.accent} } .text h1, .text h2, .text h3 { margin: 0 0 12px; line-height: 1.3 }</mj-style>
</mj-head><mj-body width="600px" background-color="${document.theme.background}">
<mj-section padding="12px 0"><mj-column></mj-column></mj-section>
<mj-wrapper background-color="#ffffff" border-radius="12px" padding="24px 0">${body || '<mj-section><mj-column></mj-column></mj-section>'}</mj-wrapper>
${footer || '<mj-section padding="12px 0"><mj-column></mj-column></mj-section>'}
</mj-body></mjml>`
  return { mjml, pieces: writer.pieces, products: writer.products }
}

class MjmlWriter {
  readonly pieces: string[] = []
  readonly products: Products['source'][] = []
  private readonly theme: MailDocument['theme']

  constructor(theme: MailDocument['theme']) {
    this.theme = theme
  }

  /** Neighbouring blocks share a section; columns have one of their own. */
  sections(blocks: MailBlock[]): string {
    let result = ''
    let run = ''
    const endRun = () => {
      if (run) result += `<mj-section><mj-column>${run}</mj-column></mj-section>`
      run = ''
    }
    for (const block of blocks) {
      if (block.kind !== 'columns') {
        run += this.leaf(block, false)
        continue
      }
      endRun()
      result += `<mj-section padding="0 14px">${block.columns.map(column => `<mj-column vertical-align="top">${column.map(leaf => this.leaf(leaf, true)).join('')}</mj-column>`).join('')}</mj-section>`
    }
    endRun()
    return result
  }

  leaf(block: LeafBlock, inColumn: boolean): string {
    const side = inColumn ? '14px' : '28px'
    const accent = this.theme.accent
    switch (block.kind) {
      case 'heading': {
        const size = { 1: '28px', 2: '22px', 3: '18px' }[block.level]
        return `<mj-text padding="${block.level === 1 ? '12px' : '10px'} ${side} 6px" align="${block.align ?? 'left'}" color="${block.colour ?? '#161a18'}"><h${block.level} style="margin:0;font-size:${size};line-height:1.25;font-weight:700">${this.text(block.text)}</h${block.level}></mj-text>`
      }
      case 'text':
        return `<mj-text css-class="text" padding="8px ${side}" align="${block.align ?? 'left'}">${this.html(block.html)}</mj-text>`
      case 'button':
        return `<mj-button padding="16px ${side}" align="${block.align ?? 'left'}" href="${this.text(block.url)}" background-color="${block.colour ?? accent}" color="${block.text_colour ?? readableOn(block.colour ?? accent)}">${this.text(block.label)}</mj-button>`
      case 'image':
        return `<mj-image padding="8px ${side}" align="${block.align ?? 'center'}" src="${this.text(block.src)}" alt="${this.text(block.alt)}"${block.url ? ` href="${this.text(block.url)}"` : ''}${block.width ? ` width="${block.width}px"` : ''} />`
      case 'divider':
        return `<mj-divider padding="14px ${side}" border-color="${block.colour ?? '#e2e5e1'}" />`
      case 'spacer':
        return `<mj-spacer height="${block.height}px" />`
      case 'products':
        return this.productList(block, side)
    }
  }

  productList(block: Products, side: string): string {
    const list = `products.p${this.products.length}`
    this.products.push(block.source)
    const link = block.url_pattern ? this.text(block.url_pattern) : ''
    const name = `<strong style="color:#161a18">${this.text('{{ product.name | default: product.sku }}')}</strong>`
    const price = block.show_price ? this.text('{% if product.price_text %}') + `<br><span style="color:#5d6461">${this.text('{{ product.price_text }}{% if product.quantity > 1 %} × {{ product.quantity }}{% endif %}')}</span>` + this.text('{% endif %}') : ''
    const action = block.button_label && link
      ? `<td style="padding:12px 0;border-bottom:1px solid #e9ebe8;text-align:right;white-space:nowrap"><a href="${link}" style="color:${this.theme.accent};font-weight:600;text-decoration:none">${this.text(block.button_label)} →</a></td>`
      : ''
    return `<mj-table padding="8px ${side}">${this.text(`{% for product in ${list} %}`)}<tr><td style="padding:12px 12px 12px 0;border-bottom:1px solid #e9ebe8">${link ? `<a href="${link}" style="color:#161a18;text-decoration:none">${name}</a>` : name}${price}</td> ${action}</tr>${this.text('{% endfor %}')}</mj-table>`
  }

  /** Plain text with Liquid, made safe for text and attribute values. */
  text(source: string): string {
    const { masked, pieces } = maskLiquid(withoutReserved(source))
    return this.renumber(escapeHtml(masked), pieces)
  }

  html(source: string): string {
    const { masked, pieces } = readTextHtml(source)
    return this.renumber(masked, pieces)
  }

  private renumber(masked: string, pieces: string[]): string {
    const offset = this.pieces.length
    this.pieces.push(...pieces)
    return masked.replace(/\uE000(\d+)\uE001/g, (_, number: string) => `\uE000${offset + Number(number)}\uE001`)
  }
}

/** White or near-black, whichever contrasts more (WCAG 2 relative luminance). */
export function readableOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map(start => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.058 ? '#ffffff' : '#161a18'
}
