import { changeInboundBody, inboundSettings } from '../../shared/inbound.ts'
import type { InboundSettings } from '../../shared/inbound.ts'
import type { App } from '../base/app.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { addressText, makeReturnPath, parseReturnAddress, readReturnAddress, writeReturnAddress } from '../delivery/return-paths.ts'
import { readInboundRules, writeInboundRules } from './inbound-rules.ts'

async function present(app: App): Promise<InboundSettings> {
  const returnTo = await readReturnAddress(app.db)
  return {
    return_address: returnTo === null ? '' : addressText(returnTo),
    server: app.settings.mailServer && { protocol: app.settings.mailServer.protocol, port: app.settings.mailServer.port },
    ...await readInboundRules(app.db),
    example: returnTo && makeReturnPath(app.sign, 'bounce', { contact_id: 1, message_id: 1 }, returnTo),
  }
}

export const show = route({
  summary: 'How mail that comes back is taken in',
  response: inboundSettings,
  handler: ({ app }) => present(app),
})

export const change = route({
  summary: 'Change how mail that comes back is taken in',
  description: 'What is left out stays. Senders follow within a few seconds.',
  body: changeInboundBody,
  response: inboundSettings,
  async handler({ app, body }) {
    if (body.return_address !== undefined) {
      const returnTo = body.return_address === '' ? null : parseReturnAddress(body.return_address)
      if (body.return_address !== '' && returnTo === null) throw invalid([{ field: 'return_address', message: 'give a host such as bounces.shop.example, or a mailbox such as bounces@shop.example' }])
      await writeReturnAddress(app.db, returnTo)
    }
    const { return_address: _, ...rules } = body
    await writeInboundRules(app.db, rules)
    return present(app)
  },
})
