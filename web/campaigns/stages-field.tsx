import { Checkbox, Group, NumberInput, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Campaign, CampaignStages } from '../../shared/campaigns.ts'
import type { ChangeCampaign } from './campaign-page.tsx'

const usual: CampaignStages = { percents: [1, 10], wait_minutes: 60, by_itself: true }

/** A small part first, a larger one, then the rest; chosen before sending. */
export function StagesField({ campaign, disabled, onChange }: { campaign: Campaign, disabled: boolean, onChange: ChangeCampaign }) {
  const { t } = useTranslation('campaigns')
  const { stages } = campaign
  const [typed, setTyped] = useState<{ percents: (number | string)[], wait: number | string }>({ percents: [], wait: '' })
  useEffect(() => setTyped({ percents: stages?.percents ?? [], wait: stages?.wait_minutes ?? '' }), [stages])
  const save = () => {
    if (!stages) return
    const percents = typed.percents.map(Number)
    const fits = percents.every((percent, index) => percent > (percents[index - 1] ?? 0) && percent < 100) && Number(typed.wait) >= 1
    if (!fits) setTyped({ percents: stages.percents, wait: stages.wait_minutes })
    else if (JSON.stringify(percents) !== JSON.stringify(stages.percents) || Number(typed.wait) !== stages.wait_minutes) onChange({ stages: { ...stages, percents, wait_minutes: Number(typed.wait) } })
  }
  return (
    <Stack gap="xs">
      <Checkbox label={t('stages')} description={t('stages_hint')} disabled={disabled} checked={stages !== null} onChange={event => onChange({ stages: event.currentTarget.checked ? usual : null })} />
      {stages && (
        <Stack gap="xs" pl={28}>
          <Group gap="xs" align="center">
            {typed.percents.map((percent, index) => (
              <Group key={index} gap="xs">
                {index > 0 && <Text size="sm">→</Text>}
                <NumberInput aria-label={t('stage_percent', { number: index + 1 })} suffix=" %" w={86} min={0.01} max={99} decimalScale={2} hideControls disabled={disabled} value={percent} onChange={value => setTyped({ ...typed, percents: typed.percents.map((other, at) => at === index ? value : other) })} onBlur={save} />
              </Group>
            ))}
            <Text size="sm">→ {t('stage_rest')}</Text>
          </Group>
          <NumberInput label={t('stage_wait')} w={220} min={1} max={20_160} allowDecimal={false} hideControls disabled={disabled} value={typed.wait} onChange={value => setTyped({ ...typed, wait: value })} onBlur={save} />
          <Checkbox label={t('stage_by_itself')} disabled={disabled} checked={stages.by_itself} onChange={event => onChange({ stages: { ...stages, by_itself: event.currentTarget.checked } })} />
        </Stack>
      )}
    </Stack>
  )
}
