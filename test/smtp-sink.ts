import net from 'node:net'

export type SinkMail = { from: string, to: string, raw: string, user: string | null }
export type SinkStep = 'greeting' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'content'
/** A reply line to give instead of the usual one; `silent`: none at all; `hang up`: the connection is cut; `accept, hang up`: … after taking the content. */
export type SinkAnswer = string | undefined

export type SmtpSink = {
  port: number
  url: string
  /** what the server has taken responsibility for: it has answered 250 to the content */
  accepted: SinkMail[]
  /** connections that were opened so far */
  connections: number
  /** decides each answer; undefined is the usual one */
  answer: (step: SinkStep, detail: { to: string, from: string, count: number }) => SinkAnswer
  capabilities: string[]
  close: () => Promise<void>
}

/** A real SMTP server for tests: pipelining, and it can refuse, be silent or hang up at any step. */
export async function startSmtpSink(options: { port?: number, user?: string, password?: string, keep?: boolean, onAccept?: (mail: SinkMail) => void } = {}): Promise<SmtpSink> {
  const sockets = new Set<net.Socket>()
  const sink: SmtpSink = {
    port: 0, url: '', accepted: [], connections: 0, answer: () => undefined,
    capabilities: ['PIPELINING', '8BITMIME', 'SMTPUTF8', ...(options.user ? ['AUTH PLAIN LOGIN'] : [])],
    close: () => new Promise(resolve => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    }),
  }
  let count = 0
  const server = net.createServer(socket => {
    sink.connections++
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let from = ''
    let to = ''
    let refused = true
    let named = false
    let user: string | null = null
    let rest = Buffer.alloc(0)
    let content: Buffer[] | null = null
    let login: string[] | null = null

    /** True when the usual may follow. */
    const say = (step: SinkStep, usual: string): boolean => {
      const given = sink.answer(step, { to, from, count })
      if (given === 'hang up') {
        socket.destroy()
        return false
      }
      if (given === 'silent') return false
      socket.write(`${given ?? usual}\r\n`)
      return (given ?? usual)[0] === '2' || (given ?? usual)[0] === '3'
    }

    const line = (text: string): void => {
      if (login) {
        login.push(Buffer.from(text, 'base64').toString())
        if (login.length === 1) socket.write('334 UGFzc3dvcmQ6\r\n')
        else {
          const [name, password] = login
          login = null
          signIn(name!, password!)
        }
        return
      }
      const command = text.slice(0, 4).toUpperCase()
      if (command === 'EHLO') say('ehlo', ['250-sink', ...sink.capabilities.map(name => `250-${name}`), '250 OK'].join('\r\n'))
      else if (command === 'HELO') say('ehlo', '250 sink')
      else if (command === 'AUTH') {
        const [, method = '', given = ''] = text.split(' ')
        if (method.toUpperCase() === 'LOGIN') {
          login = []
          socket.write('334 VXNlcm5hbWU6\r\n')
        } else {
          const [, name = '', password = ''] = Buffer.from(given, 'base64').toString().split('\0')
          signIn(name, password)
        }
      } else if (command === 'MAIL') {
        from = /<(.*?)>/.exec(text)?.[1] ?? ''
        refused = true
        if (options.user && user === null) socket.write('530 5.7.0 Authentication required\r\n')
        else named = say('mail', '250 2.1.0 Ok')
      } else if (command === 'RCPT') {
        to = /<(.*?)>/.exec(text)?.[1] ?? ''
        if (!named) socket.write('503 5.5.1 need MAIL first\r\n')
        else refused = !say('rcpt', '250 2.1.5 Ok')
      } else if (command === 'DATA') {
        if (refused) socket.write('503 5.5.1 no valid recipients\r\n')
        else if (say('data', '354 End data with <CR><LF>.<CR><LF>')) content = []
      } else if (command === 'RSET' || command === 'NOOP') socket.write('250 2.0.0 Ok\r\n')
      else if (command === 'QUIT') socket.end('221 2.0.0 Bye\r\n')
      else socket.write('502 5.5.2 unknown command\r\n')
    }
    const signIn = (name: string, password: string): void => {
      if (name === options.user && password === options.password) user = name
      say('auth', user === null ? '535 5.7.8 Authentication credentials invalid' : '235 2.7.0 Authentication successful')
    }
    const end = Buffer.from('\r\n.\r\n')
    const take = (): void => {
      while (!socket.destroyed) {
        if (content) {
          // A dot alone right after DATA is an empty mail.
          const empty = rest.subarray(0, 3).toString('latin1') === '.\r\n'
          const at = empty ? 0 : rest.indexOf(end)
          if (at === -1) return
          const wanted = options.keep !== false || options.onAccept !== undefined
          const raw = empty || !wanted ? '' : rest.toString('utf8', 0, at + 2).replace(/^\.\./gm, '.')
          rest = rest.subarray(empty ? 3 : at + 5)
          content = null
          const mail = { from, to, raw, user }
          const given = sink.answer('content', { to, from, count })
          if (given === undefined || given.startsWith('2') || given === 'accept, hang up') {
            count++
            if (options.keep !== false) sink.accepted.push(mail)
            options.onAccept?.(mail)
          }
          if (given === 'hang up' || given === 'accept, hang up') socket.destroy()
          else if (given !== 'silent') socket.write(`${given ?? `250 2.0.0 Ok: queued as ${count}`}\r\n`)
          continue
        }
        const at = rest.indexOf(10)
        if (at === -1) return
        const text = rest.toString('utf8', 0, at).replace(/\r$/, '')
        rest = rest.subarray(at + 1)
        line(text)
      }
    }
    socket.on('data', chunk => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      // Replies to commands that came together leave together (RFC 2920, 3.2).
      socket.cork()
      take()
      socket.uncork()
    })
    say('greeting', '220 sink ESMTP')
  })
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  sink.port = (server.address() as net.AddressInfo).port
  const credentials = options.user ? `${encodeURIComponent(options.user)}:${encodeURIComponent(options.password ?? '')}@` : ''
  sink.url = `smtp://${credentials}127.0.0.1:${sink.port}?tls=none`
  return sink
}
