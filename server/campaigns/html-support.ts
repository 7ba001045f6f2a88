/**
 * HTML and CSS that large mail programs do not show, made by hand from what caniemail.com tests say; `feature` is its
 * name there. Only what can spoil a mail stands here: where everything else still works (rounded corners, shadows) nobody
 * needs to be told. `level` `error`: the part is lost or the mail is taken for dangerous; `warning`: looks different.
 */
export type HtmlFeature = { code: string, feature: string | null, level: 'error' | 'warning', where: 'tag' | 'style', pattern: RegExp, lacking: string }

export const htmlFeatures: HtmlFeature[] = [
  { code: 'script', feature: null, level: 'error', where: 'tag', pattern: /^script$/, lacking: 'Gmail, Outlook, Apple Mail, Yahoo, Mail.ru, Yandex' },
  { code: 'form', feature: 'html-form', level: 'error', where: 'tag', pattern: /^(form|input|select|textarea)$/, lacking: 'Outlook, Gmail' },
  { code: 'frame', feature: 'html-object', level: 'error', where: 'tag', pattern: /^(iframe|frame|object|embed|applet)$/, lacking: 'Gmail, Outlook, Yahoo' },
  { code: 'svg', feature: 'html-svg', level: 'error', where: 'tag', pattern: /^svg$/, lacking: 'Gmail, Outlook, Yahoo' },
  { code: 'base', feature: 'html-base', level: 'error', where: 'tag', pattern: /^base$/, lacking: 'Gmail, Outlook' },
  { code: 'dialog', feature: 'html-dialog', level: 'warning', where: 'tag', pattern: /^(dialog|marquee|progress)$/, lacking: 'Gmail, Outlook' },
  { code: 'video', feature: null, level: 'warning', where: 'tag', pattern: /^(video|audio)$/, lacking: 'Gmail, Outlook, Yahoo' },
  { code: 'variables', feature: 'css-variables', level: 'error', where: 'style', pattern: /var\(\s*--/i, lacking: 'Gmail, Outlook, Yahoo' },
  { code: 'flex', feature: 'css-align-items', level: 'warning', where: 'style', pattern: /display\s*:\s*(inline-)?(flex|grid)\b/i, lacking: 'Outlook' },
  { code: 'position', feature: null, level: 'warning', where: 'style', pattern: /position\s*:\s*(absolute|fixed|sticky)\b/i, lacking: 'Gmail, Outlook, Yahoo' },
  { code: 'clip', feature: 'css-clip-path', level: 'warning', where: 'style', pattern: /(^|[;{\s])(clip-path|mask-image|shape-outside)\s*:/i, lacking: 'Gmail, Outlook' },
  { code: 'blend', feature: 'css-filter', level: 'warning', where: 'style', pattern: /(^|[;{\s])(filter|mix-blend-mode)\s*:(?!\s*(none|progid|alpha))/i, lacking: 'Gmail, Outlook' },
  { code: 'clamp', feature: 'css-function-clamp', level: 'warning', where: 'style', pattern: /:\s*[^;]*\b(clamp|min|max)\(/i, lacking: 'Outlook, Gmail' },
  { code: 'nesting', feature: 'css-nesting', level: 'warning', where: 'style', pattern: /\{[^{}]*&[^{}]*\{/, lacking: 'Gmail, Outlook' },
]

/** Pictures that not every program shows, by the ending of their address. */
export const imageKinds: { code: string, feature: string, pattern: RegExp, lacking: string }[] = [
  { code: 'image_svg', feature: 'image-svg', pattern: /\.svg([?#]|$)/i, lacking: 'Gmail, Outlook' },
  { code: 'image_avif', feature: 'image-avif', pattern: /\.avif([?#]|$)/i, lacking: 'Outlook, Yahoo' },
]
