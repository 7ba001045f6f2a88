import type { TFunction } from 'i18next'
import { conditionFields } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'

/** Names a person reads for what conditions hold as keys and numbers. */
export function labelsOf(vocabulary: ConditionVocabulary | undefined, t: TFunction<'conditions'>, language: string) {
  const named = (list: { id: number, name: string }[] | undefined, id: number): string => list === undefined ? '…' : list.find(one => one.id === id)?.name ?? t('sentence.gone', { id })
  const journey = (id: number): string => named(vocabulary?.journeys, id)
  const topic = (id: number | null): string => {
    if (id === null) return t('consent.any_topic')
    if (vocabulary === undefined) return '…'
    const found = vocabulary.topics.find(one => one.id === id)
    return found === undefined ? t('sentence.gone', { id }) : language === 'ru' ? found.name_ru : found.name_en
  }
  /** The list a property or field of this name chooses from by number. */
  const references: Record<string, { id: number, name: string }[] | undefined> = {
    campaign_id: vocabulary?.campaigns, journey_id: vocabulary?.journeys, form_id: vocabulary?.forms, segment_id: vocabulary?.segments, pool_id: vocabulary?.coupon_pools,
    pipeline_id: vocabulary?.pipelines, tag_id: vocabulary?.tags,
    // Stages of several pipelines may be called alike.
    stage_id: vocabulary?.pipelines.flatMap(pipeline => pipeline.stages.map(stage => vocabulary.pipelines.length > 1 ? { id: stage.id, name: `${pipeline.name} · ${stage.name}` } : stage)),
  }
  references['from_stage_id'] = references['stage_id']
  return {
    field: (name: string): string => {
      if (Object.hasOwn(conditionFields, name)) return t(`fields.${name}`)
      return vocabulary?.custom_fields.find(custom => `fields.${custom.key}` === name)?.label ?? name
    },
    event: (type: string): string => t(`events.${type.replaceAll('.', '_')}`, { defaultValue: type }),
    property: (name: string): string => t(`properties.${name.replaceAll('.', '_')}`, { defaultValue: name }),
    recordField: (name: string): string => t(`record_fields.${name.replaceAll('.', '_')}`, { defaultValue: name }),
    tag: (id: number): string => named(vocabulary?.tags, id),
    segment: (id: number): string => named(vocabulary?.segments, id),
    user: (id: number): string => named(vocabulary?.users, id),
    campaign: (id: number): string => named(vocabulary?.campaigns, id),
    template: (id: number): string => named(vocabulary?.templates, id),
    pool: (id: number): string => named(vocabulary?.coupon_pools, id),
    journey,
    /** A step of a journey: what people call it, else what it does. */
    step: (id: number, key: string): string => {
      const step = vocabulary?.journeys.find(one => one.id === id)?.steps.find(one => one.key === key)
      return step === undefined ? t('sentence.gone', { id: key }) : step.name ?? t(`journeys:kinds.${step.kind}`, { defaultValue: key })
    },
    topic,
    references: (name: string) => references[name],
    reference: (name: string, id: number): string => named(references[name], id),
    /** A choice of a built-in field, or where a record came from. */
    choice: (value: string): string => {
      const from = /^journey:(\d+)$/.exec(value)
      if (from !== null) return t('choices.from_journey', { journey: journey(Number(from[1])) })
      return vocabulary?.lead_sources.find(source => source.value === value)?.label ?? t(`choices.${value}`, { defaultValue: t(`rfm_classes.${value}`, { defaultValue: value }) })
    },
  }
}
export type Labels = ReturnType<typeof labelsOf>
