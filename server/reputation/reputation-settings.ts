import { reputationSettings, type ReputationSettings } from '../../shared/reputation.ts'
import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'

const key = 'reputation'

export const readReputationSettings = async (db: Db): Promise<ReputationSettings> => reputationSettings.parse(await readSetting(db, key) ?? {})
export const writeReputationSettings = (db: Db, settings: ReputationSettings): Promise<void> => writeSetting(db, key, settings)
