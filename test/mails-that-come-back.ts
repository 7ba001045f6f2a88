/** Mails as servers and people send them back; for tests. */
let number = 0
const boundary = 'part-1'

export type Original = { messageId: string, to: string, unsubscribe?: string | undefined }

export function bounce(original: Original, { status = '5.1.1', diagnostic = 'smtp; 550 5.1.1 User unknown', action = 'failed', returnPath = '' }: { status?: string, diagnostic?: string, action?: string, returnPath?: string } = {}): string {
  return lines(
    ...(returnPath === '' ? [] : [`Delivered-To: ${returnPath}`]),
    'From: Mail Delivery System <MAILER-DAEMON@mx.example.org>', `To: ${returnPath || 'news@shop.example'}`, 'Subject: Undelivered Mail Returned to Sender', `Message-ID: <bounce-${++number}@mx.example.org>`,
    'Auto-Submitted: auto-replied', 'MIME-Version: 1.0', `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`, '',
    `--${boundary}`, 'Content-Type: text/plain', '', 'This is the mail system. Your message could not be delivered.', '',
    `--${boundary}`, 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example.org', '', `Final-Recipient: rfc822; ${original.to}`, `Action: ${action}`, `Status: ${status}`, `Diagnostic-Code: ${diagnostic}`, '',
    `--${boundary}`, 'Content-Type: text/rfc822-headers', '', ...headersOf(original), '', `--${boundary}--`, '',
  )
}

export function complaint(original: Original, type = 'abuse', returnPath = ''): string {
  return lines(
    'From: feedback@isp.example', `To: ${returnPath || 'news@shop.example'}`, 'Subject: FW: Sale', `Message-ID: <complaint-${++number}@isp.example>`, 'MIME-Version: 1.0', `Content-Type: multipart/report; report-type=feedback-report; boundary="${boundary}"`, '',
    `--${boundary}`, 'Content-Type: text/plain', '', 'This is an email abuse report.', '',
    `--${boundary}`, 'Content-Type: message/feedback-report', '', `Feedback-Type: ${type}`, 'User-Agent: SomeFBL/1.0', 'Version: 1', `Original-Rcpt-To: ${original.to}`, '',
    `--${boundary}`, 'Content-Type: message/rfc822', '', ...headersOf(original), '', 'Sale!', '', `--${boundary}--`, '',
  )
}

export function reply({ from, to = 'news@shop.example', text, answers, subject = 'Re: Sale', headers = [], id }: { from: string, to?: string, text: string, answers?: string | undefined, subject?: string, headers?: string[], id?: string }): string {
  return lines(
    `From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Message-ID: <${id ?? `reply-${++number}@mail.example.org`}>`, 'Date: Tue, 24 Nov 2026 10:00:00 +0000', ...(answers === undefined ? [] : [`In-Reply-To: <${answers}>`, `References: <${answers}>`]),
    ...headers, 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '', text, '',
  )
}

export const automatic = (from: string, answers: string): string =>
  reply({ from, answers, subject: 'Automatic reply: Sale', headers: ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'], text: 'I am out of the office until Monday.' })

const headersOf = ({ messageId, to, unsubscribe }: Original): string[] => [
  'From: Shop <news@shop.example>', `To: ${to}`, 'Subject: Sale', `Message-ID: <${messageId}>`, ...(unsubscribe === undefined ? [] : [`List-Unsubscribe: <mailto:${unsubscribe}?subject=unsubscribe>`]),
]
const lines = (...each: string[]): string => each.join('\r\n')
