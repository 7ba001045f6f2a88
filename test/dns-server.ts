import dgram from 'node:dgram'
import type { AddressInfo } from 'node:net'

export type DnsRecords = { TXT?: (string | string[])[], MX?: [number, string][], A?: string[], AAAA?: string[], PTR?: string[], NS?: string[] }
export type DnsServer = {
  address: string
  /** by name in lower case; `silent`: no answer; `broken`: bytes that are no answer; `refused`: SERVFAIL */
  zone: Record<string, DnsRecords | 'silent' | 'broken' | 'refused'>
  /** names that were asked about, with their types */
  asked: string[]
  close: () => Promise<void>
}
const types = { A: 1, NS: 2, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const

/** A real name server (RFC 1035) on a free loopback port, over UDP, answering from `zone`. */
export async function startDnsServer(zone: DnsServer['zone'] = {}): Promise<DnsServer> {
  const socket = dgram.createSocket('udp4')
  const server: DnsServer = { address: '', zone, asked: [], close: () => new Promise(resolve => socket.close(() => resolve())) }
  socket.on('message', (question, from) => {
    const labels: string[] = []
    let at = 12
    while (question[at] !== 0 && at < question.length) {
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]!))
      at += question[at]! + 1
    }
    const name = labels.join('.').toLowerCase()
    const type = (Object.entries(types).find(([, number]) => number === question.readUInt16BE(at + 1))?.[0] ?? 'A') as keyof typeof types
    server.asked.push(`${type} ${name}`)
    const entry = server.zone[name]
    if (entry === 'silent') return
    if (entry === 'broken') return socket.send(Buffer.concat([question.subarray(0, 2), Buffer.from('ffffffffffffffffffffffffffffffff', 'hex')]), from.port, from.address)
    const answers = entry === undefined || entry === 'refused' ? [] : (entry[type] ?? []).map(value => encode(type, value))
    const head = Buffer.alloc(12)
    question.copy(head, 0, 0, 2)
    // Names that are there without such a record are no error; those that are not there are 3, trouble is 2.
    head.writeUInt16BE(0x8580 | (entry === 'refused' ? 2 : entry === undefined ? 3 : 0), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    const records = answers.map(data => {
      const start = Buffer.alloc(12)
      start.writeUInt16BE(0xc00c, 0)
      start.writeUInt16BE(types[type], 2)
      start.writeUInt16BE(1, 4)
      start.writeUInt32BE(60, 6)
      start.writeUInt16BE(data.length, 10)
      return Buffer.concat([start, data])
    })
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...records]), from.port, from.address)
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  server.address = `127.0.0.1:${(socket.address() as AddressInfo).port}`
  return server
}

function encode(type: keyof typeof types, value: unknown): Buffer {
  if (type === 'A') return Buffer.from(String(value).split('.').map(Number))
  if (type === 'AAAA') {
    const [head = '', tail = ''] = String(value).split('::')
    const groups = (text: string) => text === '' ? [] : text.split(':')
    const missing = 8 - groups(head).length - groups(tail).length
    return Buffer.from([...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)].map(group => group.padStart(4, '0')).join(''), 'hex')
  }
  if (type === 'PTR' || type === 'NS') return encodeName(String(value))
  if (type === 'MX') {
    const [priority, host] = value as [number, string]
    return Buffer.concat([Buffer.from([priority >> 8, priority & 255]), encodeName(host)])
  }
  const texts = Array.isArray(value) ? value as string[] : String(value).match(/[\s\S]{1,255}/g) ?? ['']
  return Buffer.concat(texts.map(text => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)])))
}

const encodeName = (name: string): Buffer => Buffer.concat([...name.split('.').filter(label => label !== '').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])])
