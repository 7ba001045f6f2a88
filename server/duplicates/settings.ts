import { z } from 'zod'
import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'

const settings = z.object({ automatic: z.boolean().default(false) })
const key = 'duplicates'

/** `automatic`: whether certain pairs are merged by themselves. Off until somebody turns it on. */
export const readDuplicateSettings = async (db: Db): Promise<z.infer<typeof settings>> => settings.parse(await readSetting(db, key) ?? {})
export const writeDuplicateSettings = (db: Db, changed: z.infer<typeof settings>): Promise<void> => writeSetting(db, key, changed)
