import { classifyReply } from '../delivery/classify-reply.ts'
import { Usage, type Command } from './command.ts'

/** Tries the rules of delivery/reply-rules.txt on replies as servers give them. */
export const smtpReply: Command = {
  summary: 'says what a mail server means by a reply, and which rule says so',
  parameters: '[--json] "550 5.1.1 User unknown" …',
  options: { json: { type: 'boolean' } },
  takesFiles: true,
  async run(options, replies) {
    if (replies.length === 0) throw new Usage('A reply is needed.')
    for (const reply of replies) {
      const { certain: _, ...found } = classifyReply(reply)
      console.log(options['json'] === true ? JSON.stringify(found) : `${found.outcome}, about the ${found.about}${found.reason === null ? '' : `: ${found.reason}`} (${found.rule})`)
    }
  },
}
