import { alertSettings, type AlertSettings } from '../../shared/alerts.ts'
import type { Db } from '../base/db.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'

const key = 'alerts'

export const readAlertSettings = async (db: Db): Promise<AlertSettings> => alertSettings.parse(await readSetting(db, key) ?? {})
export const writeAlertSettings = (db: Db, settings: AlertSettings): Promise<void> => writeSetting(db, key, settings)
