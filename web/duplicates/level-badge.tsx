import { Badge, Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DuplicateLevel } from '../../shared/duplicates.ts'
import { useFormat } from '../ui/format.ts'

const colors = { certain: 'pine', likely: 'amber', possible: 'gray' }
/** How sure it is, and in what odds. */
export function LevelBadge({ level, score }: { level: DuplicateLevel, score: number }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const odds = score >= 20 ? t('odds_more') : score >= 0 ? t('odds_for', { odds: format.number(Math.round(2 ** score)) }) : t('odds_against', { odds: format.number(Math.round(2 ** -score)) })
  return <Tooltip label={odds} events={{ hover: true, focus: true, touch: true }}><Badge variant="light" color={colors[level]} style={{ flex: 'none' }} tabIndex={0} aria-label={`${t(`levels.${level}`)}: ${odds}`}>{t(`levels.${level}`)}</Badge></Tooltip>
}
