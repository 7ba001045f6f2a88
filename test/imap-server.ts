import net from 'node:net'
import type { AddressInfo } from 'node:net'

export type ImapMail = { uid: number, raw: Buffer, seen: boolean, deleted: boolean, at: Date, /** of Gmail's inbox */ category?: string }
export type ImapFolder = { validity: number, next: number, mails: ImapMail[], /** RFC 6154: \Junk … */ use: string }
export type TestImap = {
  port: number
  folders: Map<string, ImapFolder>
  /** as Gmail: the search X-GM-RAW knows `category:…` */
  gmail: boolean
  /** 'LOGIN user password', 'XOAUTH2 token' … in order */
  signIns: string[]
  /** decides whether a sign-in is taken; undefined: it is */
  refuse: (signIn: string) => string | undefined
  /** called before a command is answered; `true` cuts the connection there */
  cut: (command: string) => boolean
  commands: string[]
  deliver: (raw: string | Buffer, folder?: string) => ImapMail
  close: () => Promise<void>
}

/** A small real IMAP server (RFC 3501) for tests: sign-in, folders, search, fetch, store and IDLE, and it can fail anywhere. */
export async function startTestImap(): Promise<TestImap> {
  const sockets = new Set<net.Socket>()
  const idling = new Map<net.Socket, string>()
  const folder = (): ImapFolder => ({ validity: 1000, next: 1, mails: [], use: '' })
  const imap: TestImap = {
    port: 0, folders: new Map([['INBOX', folder()], ['Spam', folder()]]), gmail: false, signIns: [], refuse: () => undefined, cut: () => false, commands: [],
    deliver(raw, name = 'INBOX') {
      const into = imap.folders.get(name)!
      const mail: ImapMail = { uid: into.next++, raw: Buffer.from(raw), seen: false, deleted: false, at: new Date() }
      into.mails.push(mail)
      for (const [socket, selected] of idling) if (selected === name) socket.write(`* ${into.mails.length} EXISTS\r\n`)
      return mail
    },
    close: () => new Promise(resolve => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    }),
  }
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket); idling.delete(socket) })
    socket.on('error', () => undefined)
    let selected = ''
    let rest = ''
    let idleTag: string | null = null
    const write = (text: string | Buffer): void => { socket.write(text) }
    const current = (): ImapFolder => imap.folders.get(selected)!
    const uidsOf = (set: string): ImapMail[] => current().mails.filter(mail => set.split(',').some(part => {
      const [from, to = from] = part.split(':')
      const highest = current().mails.at(-1)?.uid ?? 0
      const [low, high] = [from === '*' ? highest : Number(from), to === '*' ? highest : Number(to)].toSorted((one, other) => one - other)
      return mail.uid >= low! && mail.uid <= high!
    }))
    const fetch = (set: string, items: string): void => {
      for (const mail of uidsOf(set)) {
        const place = current().mails.indexOf(mail) + 1
        const parts = [`UID ${mail.uid}`]
        if (/RFC822\.SIZE/.test(items)) parts.push(`RFC822.SIZE ${mail.raw.length}`)
        if (/INTERNALDATE/.test(items)) parts.push(`INTERNALDATE "${internalDate(mail.at)}"`)
        const [, from, length] = /BODY\.PEEK\[\]<(\d+)\.(\d+)>/.exec(items) ?? []
        if (/BODY\.PEEK\[HEADER\]/.test(items)) {
          const header = mail.raw.subarray(0, mail.raw.indexOf('\r\n\r\n') + 4)
          write(`* ${place} FETCH (${parts.join(' ')} BODY[HEADER] {${header.length}}\r\n`)
          write(header)
          write(')\r\n')
        } else if (from === undefined) write(`* ${place} FETCH (${parts.join(' ')})\r\n`)
        else {
          const part = mail.raw.subarray(Number(from), Number(from) + Number(length))
          write(`* ${place} FETCH (${parts.join(' ')} BODY[]<${from}> {${part.length}}\r\n`)
          write(part)
          write(')\r\n')
        }
      }
    }
    const signIn = (tag: string, how: string): void => {
      imap.signIns.push(how)
      const refusal = imap.refuse(how)
      write(refusal === undefined ? `${tag} OK signed in\r\n` : `${tag} NO ${refusal}\r\n`)
    }
    const answer = (line: string): void => {
      if (idleTag !== null) {
        idling.delete(socket)
        write(`${idleTag} OK done\r\n`)
        idleTag = null
        return
      }
      const [, tag, command, rest] = /^(\S+) (UID \w+|\w+) ?(.*)$/i.exec(line) ?? []
      if (tag === undefined || command === undefined || rest === undefined) return write('* BAD what?\r\n')
      const name = command.toUpperCase()
      imap.commands.push(name)
      if (imap.cut(name)) return void socket.destroy()
      const [, quoted] = /^"?([^"]*)"?/.exec(rest) ?? []
      switch (name) {
        case 'CAPABILITY': write(`* CAPABILITY IMAP4rev1 IDLE AUTH=XOAUTH2 SASL-IR UIDPLUS SPECIAL-USE${imap.gmail ? ' X-GM-EXT-1' : ''}\r\n`); break
        case 'LOGIN': return signIn(tag, `LOGIN ${rest.replaceAll('"', '')}`)
        case 'AUTHENTICATE': return signIn(tag, `XOAUTH2 ${Buffer.from(rest.split(' ')[1] ?? '', 'base64').toString().split('auth=Bearer ')[1]?.split('\u0001')[0] ?? ''}`)
        case 'LIST': if (rest === '"" ""') write('* LIST (\\Noselect) "/" ""\r\n'); else for (const [each, { use }] of imap.folders) write(`* LIST (${use}) "/" "${each}"\r\n`); break
        case 'SELECT': case 'EXAMINE': {
          if (!imap.folders.has(quoted!)) return write(`${tag} NO no such folder\r\n`)
          selected = quoted!
          write(`* FLAGS (\\Seen \\Deleted)\r\n* ${current().mails.length} EXISTS\r\n* OK [UIDVALIDITY ${current().validity}] ok\r\n* OK [UIDNEXT ${current().next}] ok\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n`)
          break
        }
        case 'UID SEARCH': {
          const [, since] = /SINCE "?(\d+-\w+-\d+)/i.exec(rest) ?? []
          const [, set] = /UID (\S+)/i.exec(rest) ?? []
          const [, category] = /X-GM-RAW "?category:(\w+)/i.exec(rest) ?? []
          const found = category !== undefined ? uidsOf(set ?? '1:*').filter(mail => mail.category === category) : since === undefined ? uidsOf(set ?? '1:*') : current().mails.filter(mail => mail.at >= new Date(`${since} UTC`))
          write(`* SEARCH${found.map(mail => ` ${mail.uid}`).join('')}\r\n`)
          break
        }
        case 'UID FETCH': fetch(rest.split(' ')[0]!, rest); break
        case 'UID STORE': for (const mail of uidsOf(rest.split(' ')[0]!)) mail[rest.includes('\\Deleted') ? 'deleted' : 'seen'] = true; break
        case 'UID EXPUNGE': case 'EXPUNGE': current().mails = current().mails.filter(mail => !mail.deleted); break
        case 'IDLE':
          idleTag = tag
          idling.set(socket, selected)
          return write('+ idling\r\n')
        case 'LOGOUT': write(`* BYE\r\n${tag} OK bye\r\n`); return void socket.end()
        default: break
      }
      write(`${tag} OK done\r\n`)
    }
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1')
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        answer(line)
      }
    })
    write('* OK a test\r\n')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  imap.port = (server.address() as AddressInfo).port
  return imap
}

/** RFC 3501, date-time: 05-Nov-2026 09:00:00 +0000 */
function internalDate(at: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString())!
  return `${day}-${month}-${year} ${time} +0000`
}
