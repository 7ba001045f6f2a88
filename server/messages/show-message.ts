import type { MessageContent } from '../../shared/messages.ts'
import type { App } from '../base/app.ts'
import { notFound } from '../base/errors.ts'
import { loadMails, loadVersions } from '../templates/mail-data.sql.ts'
import { withPictures } from '../templates/preview-mail.ts'
import { renderMail } from '../templates/render-mail.ts'
import { findMessageToShow, type MessageToShow, reactionsTo } from './message-content.sql.ts'

type Rendered = Pick<MessageContent, 'subject' | 'html' | 'text' | 'error'>

/** A mail of the ledger with its content, made from the version it has, and what was opened and clicked in it. */
export async function showMessage(app: App, contactId: number, id: number): Promise<MessageContent> {
  const message = await findMessageToShow(app.db, contactId, id)
  if (message === undefined) throw notFound('mail')
  const [rendered, reactions] = await Promise.all([render(app, contactId, message), reactionsTo(app.db, contactId, id, message.queued_at)])
  return {
    message_id: id, mail: message.mail, state: message.state, to_email: message.to_email, queued_at: message.queued_at.toISOString(), sent_at: message.sent_at?.toISOString() ?? null,
    // All of an answer written on the card stands in its context; any other mail asks the card, products and coupons.
    filled_in: typeof message.context['letter'] === 'object' ? 'then' : 'now',
    ...rendered,
    reactions: reactions.map(each => ({ ...each, first_at: each.first_at.toISOString(), last_at: each.last_at.toISOString() })),
  }
}

/** No address in it leads back to us: whoever looks at it must not unsubscribe the person or count as them. */
async function render(app: App, contactId: number, message: MessageToShow): Promise<Rendered> {
  const nowhere = () => '#'
  const failed = (error: unknown): Rendered => ({ subject: '', html: '', text: '', error: error instanceof Error ? error.message : String(error) })
  let broken: unknown = null
  const [data] = await loadMails(app.db, [{
    contact_id: contactId, id: message.id, kind: message.kind, template_version_id: message.template_version_id,
    context: message.locale === null ? message.context : { ...message.context, locale: message.locale },
  }], () => ({ urls: { unsubscribe: nowhere, preferences: nowhere, confirm: nowhere }, tracking: null }), app.now(), (_index, error) => { broken = error })
  if (!data) {
    if (broken === null) throw notFound('contact')
    return failed(broken)
  }
  try {
    const { subject, html, text } = renderMail(data.compiled, data)
    const variant = (await loadVersions(app.db, [message.template_version_id])).get(message.template_version_id)?.document.locales[data.locale]
    return { subject, html: variant ? await withPictures(app.db, variant, html) : html, text, error: null }
  } catch (error) {
    return failed(error)
  }
}
