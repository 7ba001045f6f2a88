import { promisify } from 'node:util'
import zlib from 'node:zlib'

export const largestUpload = 10 * 1024 * 1024
/** Of the XML. The largest reports of large receivers are about a megabyte; archives made to burst stop here. */
export const largestReport = 20 * 1024 * 1024

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw)
export type Unpacked = { kind: 'xml', xml: string } | { kind: 'too_large' } | { kind: 'no_archive' }

/**
 * The XML in a report: as it is, gzipped, or the first .xml in a zip. By what the bytes are, whatever the file is called.
 * Nothing is written to a disk, so names in an archive can point nowhere; whatever would grow over the limit is not unpacked.
 */
export async function unpackReport(content: Buffer): Promise<Unpacked> {
  if (content.length > largestUpload) return { kind: 'too_large' }
  try {
    if (content[0] === 0x1f && content[1] === 0x8b) return textOf(await gunzip(content, { maxOutputLength: largestReport }))
    if (content.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return await unzip(content)
  } catch (error) {
    return { kind: (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'no_archive' }
  }
  return textOf(content)
}

function textOf(bytes: Buffer): Unpacked {
  const xml = bytes.toString('utf8').replace(/^\uFEFF/, '')
  return xml.trimStart().startsWith('<') ? { kind: 'xml', xml } : { kind: 'no_archive' }
}

/** The directory at the end of a zip (APPNOTE.TXT, 4.3.12 and 4.3.16) says where its first .xml begins. */
async function unzip(archive: Buffer): Promise<Unpacked> {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end === -1) return { kind: 'no_archive' }
  let at = archive.readUInt32LE(end + 16)
  for (let entry = 0; entry < Math.min(archive.readUInt16LE(end + 10), 20); entry++) {
    if (archive.readUInt32LE(at) !== 0x02014b50) return { kind: 'no_archive' }
    const [flags, method, packed, size] = [archive.readUInt16LE(at + 8), archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)]
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('latin1', at + 46, at + 46 + nameLength)
    const local = archive.readUInt32LE(at + 42)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
    if (!/\.xml$/i.test(name)) continue
    if (size > largestReport) return { kind: 'too_large' }
    if ((flags & 1) !== 0 || archive.readUInt32LE(local) !== 0x04034b50) return { kind: 'no_archive' }
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const data = archive.subarray(start, start + packed)
    if (method === 0) return textOf(data)
    return method === 8 ? textOf(await inflate(data, { maxOutputLength: largestReport })) : { kind: 'no_archive' }
  }
  return { kind: 'no_archive' }
}
