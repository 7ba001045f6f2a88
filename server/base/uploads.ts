import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, invalid } from './errors.ts'

export type Upload = { name: string, content_type: string, content: Buffer }

/** Pictures every browser and mail program shows, by how they begin. SVG is none of them and may hold script. */
const pictures: Record<string, (bytes: Buffer) => boolean> = {
  'image/png': bytes => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')),
  'image/jpeg': bytes => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')),
  'image/gif': bytes => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)),
  'image/webp': bytes => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
}
/** What mail servers refuse whatever else is in the mail, and nobody should open from a card either. */
const programs = /\.(exe|com|scr|pif|bat|cmd|js|jse|vbs|vbe|wsf|wsh|msi|jar|ps1|hta|cpl|lnk|reg|dll)$/i

/** The one file of a multipart/form-data request. What says it is a picture and is none is kept as plain bytes. */
export async function readUpload(request: FastifyRequest, largest: number, refusal: string): Promise<Upload> {
  const given = request.isMultipart() ? await request.file({ limits: { fileSize: largest, files: 1 } }) : undefined
  if (given === undefined) throw invalid([{ field: 'file', message: 'send the file as multipart/form-data' }])
  const tooLarge = new AppError('too_large', 413, `The file is larger than ${largest / 1024 / 1024} MB.`)
  const content = await given.toBuffer().catch((error: unknown) => {
    throw (error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE' ? tooLarge : error
  })
  // Cut off in its very last piece, it was read to the end before that was told.
  if (given.file.truncated) throw tooLarge
  const name = given.filename.toWellFormed().replaceAll('\0', '').split(/[/\\]/).at(-1)!.slice(-150).trim()
  if (content.length === 0) throw invalid([{ field: 'file', message: 'is empty' }])
  if (name === '' || programs.test(name)) throw invalid([{ field: 'file', message: refusal }])
  const said = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,100}$/i.test(given.mimetype) ? given.mimetype.toLowerCase() : 'application/octet-stream'
  return { name, content, content_type: said in pictures && !pictures[said]!(content) ? 'application/octet-stream' : said }
}

/** Pictures are shown, everything else is saved: what somebody uploaded must not run as a page of ours. */
export function sendUpload(reply: FastifyReply, file: Upload): FastifyReply {
  const shown = file.content_type in pictures
  return reply
    .header('content-disposition', `${shown ? 'inline' : 'attachment'}; filename*=utf-8''${encodeURIComponent(file.name).replace(/['()*]/g, each => `%${each.charCodeAt(0).toString(16)}`)}`)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, max-age=31536000, immutable')
    .type(shown ? file.content_type : 'application/octet-stream')
    .send(file.content)
}
