import { useMemo } from 'react'

type Props = {
  html: string
  title: string
  className?: string | undefined
  /** links open in a new tab; else they do nothing */
  links?: boolean
  /** what stands elsewhere is loaded, which may tell its owner that the mail was read */
  remote?: boolean
  /** a line around it, where it stands among words of the page */
  framed?: boolean
  width?: number | string
  height?: number | string
  /** told when it is there; the page around may then look into the frame, which still runs no script */
  onShown?: (frame: HTMLIFrameElement) => void
}

/** A mail as a mail program shows it: no script runs, nothing in it reaches this page. */
export function MailFrame({ html, title, className, links = false, remote = true, framed = false, width = '100%', height = '100%', onShown }: Props) {
  const document = useMemo(() => withHead(html, remote), [html, remote])
  return (
    <iframe
      className={className} title={title} srcDoc={document} width={width} height={height}
      sandbox={onShown ? 'allow-same-origin' : links ? 'allow-popups allow-popups-to-escape-sandbox' : ''} onLoad={event => onShown?.(event.currentTarget)} referrerPolicy="no-referrer" loading="lazy"
      style={{ ...(framed ? { border: '1px solid var(--otklik-line)', borderRadius: 'var(--mantine-radius-md)' } : { border: 0 }), display: 'block', colorScheme: 'light', background: '#fff' }}
    />
  )
}

const nothingFromElsewhere = `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`

function withHead(html: string, remote: boolean): string {
  const base = '<base target="_blank">'
  // Before all of the mail, so that nothing in it can stand around the policy; what follows goes on in the same head.
  if (!remote) return nothingFromElsewhere + base + html
  const head = /<head[^>]*>/i.exec(html)
  return head ? html.slice(0, head.index + head[0].length) + base + html.slice(head.index + head[0].length) : base + html
}
