import { useMemo } from 'react'

type Props = {
  html: string
  title: string
  className?: string | undefined
  /** links open in a new tab; else they do nothing */
  links?: boolean
  width?: number | string
  height?: number | string
  /** told when it is there; the page around may then look into the frame, which still runs no script */
  onShown?: (frame: HTMLIFrameElement) => void
}

/** A mail as a mail program shows it: no script runs, nothing in it reaches this page. */
export function MailFrame({ html, title, className, links = false, width = '100%', height = '100%', onShown }: Props) {
  const document = useMemo(() => withBase(html), [html])
  return (
    <iframe
      className={className} title={title} srcDoc={document} width={width} height={height}
      sandbox={onShown ? 'allow-same-origin' : links ? 'allow-popups allow-popups-to-escape-sandbox' : ''} onLoad={event => onShown?.(event.currentTarget)} referrerPolicy="no-referrer" loading="lazy"
      style={{ border: 0, display: 'block', colorScheme: 'light', background: '#fff' }}
    />
  )
}

function withBase(html: string): string {
  const base = '<base target="_blank">'
  const head = /<head[^>]*>/i.exec(html)
  return head ? html.slice(0, head.index + head[0].length) + base + html.slice(head.index + head[0].length) : base + html
}
