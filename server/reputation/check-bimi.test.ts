import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DnsServer, startDnsServer } from '../../test/dns-server.ts'
import { callOutside, type OutsideAnswer } from '../base/call-outside.ts'
import { type Dns, dnsOf } from './ask-dns.ts'
import { checkBimi, type FetchFile } from './check-bimi.ts'
import { readLogo } from './check-logo.ts'
import { readMarkCertificate } from './read-mark-certificate.ts'

const example = (name: string): string => readFileSync(path.join(import.meta.dirname, 'bimi-example', name), 'utf8')
const logo = example('logo.svg')
const certificate = example('certificate.pem')
const now = new Date('2027-01-10T12:00:00Z')
const enforced = { policy: 'reject', share: 100 }

let server: DnsServer
let dns: Dns
beforeAll(async () => {
  server = await startDnsServer()
  dns = dnsOf([server.address], 300)
})
afterAll(() => server.close())

const answered = (body: string, status = 200): OutsideAnswer => ({ kind: 'answered', status, headers: {}, body, cut: false })
const files = (given: Record<string, OutsideAnswer | string>): FetchFile => async url => {
  const found = given[url.split('/').at(-1)!] ?? answered('', 404)
  return typeof found === 'string' ? answered(found) : found
}
async function look(given: Record<string, OutsideAnswer | string>, more: { record?: string, dmarc?: typeof enforced | null, domain?: string, at?: Date } = {}): Promise<string[]> {
  const domain = more.domain ?? 'shop.example'
  server.zone = { [`default._bimi.${domain}`]: { TXT: [more.record ?? 'v=BIMI1; l=https://shop.example/logo.svg; a=https://shop.example/mark.pem'] } }
  return (await checkBimi(dns, domain, more.dmarc === undefined ? enforced : more.dmarc, more.at ?? now, files(given))).map(each => `${each.kind} ${each.level} ${each.code}`)
}
const sound = { 'logo.svg': logo, 'mark.pem': certificate }

test('a logo and its certificate that fit each other and the domain are good', async () => {
  expect(await look(sound)).toEqual(['bimi good good', 'bimi_logo good good', 'bimi_certificate good good'])
  expect(await look(sound, { domain: 'mail.shop.example' })).toEqual(['bimi good good', 'bimi_logo good good', 'bimi_certificate good good'])
  expect(readMarkCertificate(certificate)).toMatchObject({ mark: 'vmc', issuer: 'Example Mark Authority', domains: ['shop.example'], forLogos: true, chained: true, logo })
})

test.each([
  ['the policy only watches', sound, { dmarc: { policy: 'none', share: 100 } }, 'bimi advice needs_dmarc'],
  ['the policy is for a part of the mails', sound, { dmarc: { policy: 'reject', share: 20 } }, 'bimi advice needs_all'],
  ['no policy', sound, { dmarc: null }, 'bimi advice needs_dmarc'],
  ['no certificate is named', sound, { record: 'v=BIMI1; l=https://shop.example/logo.svg' }, 'bimi good good_without_certificate'],
  ['nothing is to be shown', sound, { record: 'v=BIMI1; l=; a=;' }, 'bimi optional declined'],
  ['the address is not encrypted', sound, { record: 'v=BIMI1; l=http://shop.example/logo.svg' }, 'bimi advice broken'],
  ['the logo is not there', { 'mark.pem': certificate }, {}, 'bimi_logo advice not_there'],
  ['the logo leads elsewhere', { ...sound, 'logo.svg': { ...answered('', 302), headers: { location: 'https://cdn.example/logo.svg' } } as OutsideAnswer }, {}, 'bimi_logo advice leads_elsewhere'],
  ['nobody answers', { ...sound, 'logo.svg': { kind: 'timeout' } as OutsideAnswer }, {}, 'bimi_logo unknown unreachable'],
  ['the logo is packed', { ...sound, 'logo.svg': '\u001f\ufffd\b' }, {}, 'bimi_logo advice packed'],
  ['the logo has no end', { ...sound, 'logo.svg': { ...answered(logo), cut: true } as OutsideAnswer }, {}, 'bimi_logo advice far_too_large'],
  ['the logo breaks the rules', { ...sound, 'logo.svg': logo.replace('tiny-ps', 'tiny') }, {}, 'bimi_logo advice rules'],
  ['the certificate is a page', { ...sound, 'mark.pem': '<html>' }, {}, 'bimi_certificate advice unreadable'],
  ['the certificate is broken', { ...sound, 'mark.pem': certificate.replace(/[A-Za-z]{20}/, 'AAAAAAAAAAAAAAAAAAAA') }, {}, 'bimi_certificate advice unreadable'],
  ['the certificate has ended', sound, { at: new Date('2027-12-01T00:00:00Z') }, 'bimi_certificate advice expired'],
  ['the certificate has not begun', sound, { at: new Date('2026-11-01T00:00:00Z') }, 'bimi_certificate advice not_yet'],
  ['the certificate ends soon', sound, { at: new Date('2027-11-10T00:00:00Z') }, 'bimi_certificate advice ends_soon'],
  ['the certificate is of somebody else', sound, { domain: 'other.example' }, 'bimi_certificate advice other_domain'],
  ['a domain that only ends alike', sound, { domain: 'bookshop.example' }, 'bimi_certificate advice other_domain'],
  ['the certificate of the authority is missing', { ...sound, 'mark.pem': certificate.slice(0, certificate.indexOf('-----END') + 25) }, {}, 'bimi_certificate advice broken_chain'],
  ['a certificate for something else', { ...sound, 'mark.pem': certificate.slice(certificate.indexOf('-----END') + 25) }, {}, 'bimi_certificate advice not_for_logos'],
  ['another logo than in the certificate', { ...sound, 'logo.svg': logo.replace('#08a045', '#ff0000') }, {}, 'bimi_certificate advice other_logo'],
  ['line ends make no other logo', { ...sound, 'logo.svg': logo.replaceAll('\n', '\r\n') }, {}, 'bimi_certificate good good'],
])('%s', async (_, given, more, expected) => {
  expect(await look(given, more)).toContain(expected)
})

test.each([
  ['not_svg', '<html><body>no</body></html>'],
  ['not_svg', '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>'],
  ['not_svg', ''],
  ['not_svg', `<svg xmlns="http://www.w3.org/2000/svg" version="1.2">${'<g>'.repeat(5000)}${'</g>'.repeat(5000)}</svg>`],
  ['document_type', `<!DOCTYPE svg [<!ENTITY a "aaaa">]>${logo.split('\n').slice(1).join('\n')}`],
  ['no_version', logo.replace('version="1.2"', '')],
  ['no_profile', logo.replace('baseProfile="tiny-ps"', '')],
  ['no_title', logo.replace(/<title>.*<\/title>/, '')],
  ['no_title', logo.replace(/<title>.*<\/title>/, '<title> </title>')],
  ['not_square', logo.replace('0 0 64 64', '0 0 64 32')],
  ['position', logo.replace('viewBox', 'x="0" viewBox')],
  ['scripts', logo.replace('<defs>', '<script>alert(1)</script><defs>')],
  ['scripts', logo.replace('<circle', '<circle onclick="alert(1)"')],
  ['animations', logo.replace('<defs>', '<animate attributeName="x"/><defs>')],
  ['elements', logo.replace('<defs>', '<style>a{}</style><image/><defs>')],
  ['outside', logo.replace('url(#leaf)', 'url(https://evil.example/a.svg#leaf)')],
  ['outside', logo.replace('<defs>', '<use xlink:href="https://evil.example/a.svg"/><defs>')],
  ['too_large', logo.replace('</svg>', `<desc>${'x'.repeat(40_000)}</desc></svg>`)],
])('a logo with a fault is told: %s', (problem, svg) => {
  expect(readLogo(svg).problems).toEqual([problem])
})

test('elements that are not allowed are named; inner references are', () => {
  expect(readLogo(logo.replace('<defs>', '<style>a{}</style><foreignObject/><defs>')).elements.toSorted()).toEqual(['foreignObject', 'style'])
  expect(readLogo(logo.replace('<defs>', '<use href="#leaf"/><defs>')).problems).toEqual([])
})

describe('files are asked for past the guard of addresses', () => {
  test('a logo at a private address is not fetched', async () => {
    let asked = 0
    const inside = http.createServer((_, response) => { asked++; response.end(logo) })
    await new Promise<void>(resolve => inside.listen(0, '127.0.0.1', resolve))
    server.zone = { 'default._bimi.shop.example': { TXT: [`v=BIMI1; l=https://127.0.0.1:${(inside.address() as AddressInfo).port}/logo.svg`] } }
    const findings = await checkBimi(dns, 'shop.example', enforced, now)
    expect(findings.map(each => each.code)).toEqual(['good_without_certificate', 'private_address'])
    const open = await checkBimi(dns, 'shop.example', enforced, now, (url, mostBytes) => callOutside({ method: 'GET', url: url.replace('https', 'http'), headers: {}, body: '', timeoutMilliseconds: 2000, mostBytes, allowPrivate: true }))
    expect(open.map(each => each.code)).toEqual(['good_without_certificate', 'good'])
    expect(asked).toBe(1)
    inside.close()
  })
})
