import { convert, type FormatCallback } from 'html-to-text'

/** Containers that mail programs put what they quote into. What is in them reads as a quote, wherever it stands. */
const quotes = [
  'blockquote', 'div.gmail_quote', 'div.gmail_quote_container', 'div.yahoo_quoted', 'div.protonmail_quote', 'div.zmail_extra', 'div.tutanota_quote', 'div#OLK_SRC_BODY_SECTION', 'div.mailru-blockquote', 'div.js-helper.js-readmsg-msg',
]
/** Elements with which what is quoted begins, and goes on to the end. */
const beginnings = ['div#divRplyFwdMsg', 'div#appendonsend', 'div.OutlookMessageHeader', 'hr#stopSpelling', 'div#mail-editor-reference-message-container', 'div.ms-outlook-mobile-reference-message', 'td.OutlookMessageHeader']
const signatures = ['div.gmail_signature', 'div.moz-signature', 'pre.moz-signature', 'div#Signature', 'div.protonmail_signature_block', 'div#ms-outlook-mobile-signature', 'div.gmail_default_signature']

export const beginningOfQuote = '-----Original Message-----'

const beginning: FormatCallback = (element, walk, builder, options) => {
  builder.openBlock({ leadingLineBreaks: 1 })
  builder.addInline(beginningOfQuote)
  builder.closeBlock({ trailingLineBreaks: 1 })
  walk(element.children, builder)
  void options
}

/** HTML of a mail as lines, quotes with ">" before them. At most 300,000 characters are looked at. */
export function linesOfReply(html: string): string {
  if (html.trim() === '') return ''
  return convert(html.slice(0, 300_000), {
    wordwrap: false,
    limits: { maxDepth: 60, maxInputLength: 300_000, maxChildNodes: 5000 },
    formatters: { beginning },
    selectors: [
      { selector: 'a', options: { ignoreHref: true } }, { selector: 'img', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(selector => ({ selector, options: { uppercase: false } })),
      ...quotes.map(selector => ({ selector, format: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } })),
      ...beginnings.map(selector => ({ selector, format: 'beginning' })),
      ...signatures.map(selector => ({ selector, format: 'skip' })),
    ],
  })
}
