import { z } from 'zod'
import { importEstimate } from '../../shared/imports.ts'
import { conflict, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { findImport } from '../imports/imports.sql.ts'
import { dryRunImport } from './dry-run-import.ts'

export const estimate = route({
  summary: 'A dry run: what the import would do, counted and with examples, without doing it',
  description: 'Done and taken back in one transaction; of a large file the first rows (`complete` false).',
  ofEverybody: true,
  params: z.object({ id: z.coerce.number().int().positive() }),
  response: importEstimate,
  status: 200,
  handler: async ({ app, params }) => {
    const row = await findImport(app.db, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'uploaded') throw conflict('has_begun', 'The import has begun.')
    return dryRunImport(app, params.id)
  },
})
