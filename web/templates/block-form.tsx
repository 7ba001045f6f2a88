import { Button, ColorInput, FileButton, Group, NumberInput, SegmentedControl, Select, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core'
import { IconAlignCenter, IconAlignLeft, IconAlignRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { inlineAddress } from '../../shared/mail-files.ts'
import type { MailBlock, MailLocale } from '../../shared/templates.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { setColumnCount } from './edit-document.ts'
import { LiquidInput } from './liquid-input.tsx'
import { useUploadMailFile } from './mail-files.tsx'
import { RichText } from './rich-text.tsx'

type Props = { block: MailBlock, onChange: (block: MailBlock) => void, locale: MailLocale, accent: string }

/** Everything that can be set on a block. */
export function BlockForm({ block, onChange, locale, accent }: Props) {
  const { t } = useTranslation('templates')
  switch (block.kind) {
    case 'heading': return (
      <Stack gap="xs">
        <LiquidInput label={t('kinds.heading')} locale={locale} value={block.text} maxLength={2000} onChange={text => onChange({ ...block, text })} />
        <Group gap="sm" align="flex-end">
          <Labelled label={t('heading.size')}>
            <SegmentedControl size="xs" value={String(block.level)} onChange={value => onChange({ ...block, level: Number(value) as 1 | 2 | 3 })} data={[{ value: '1', label: t('heading.large') }, { value: '2', label: t('heading.medium') }, { value: '3', label: t('heading.small') }]} />
          </Labelled>
          <Align value={block.align} onChange={align => onChange({ ...block, align })} />
        </Group>
      </Stack>
    )
    case 'text': return (
      <Stack gap="xs">
        <RichText label={t('kinds.text')} locale={locale} value={block.html} onChange={html => onChange({ ...block, html })} />
        <Align value={block.align} onChange={align => onChange({ ...block, align })} />
      </Stack>
    )
    case 'button': return (
      <Stack gap="xs">
        <LiquidInput label={t('button.label')} locale={locale} value={block.label} maxLength={500} onChange={label => onChange({ ...block, label })} />
        <LiquidInput label={t('address')} locale={locale} value={block.url} maxLength={4000} placeholder="https://" onChange={url => onChange({ ...block, url })} description={t('button.address_hint')} />
        <Group gap="sm" align="flex-end">
          <ColorInput size="xs" w={130} label={t('button.colour')} value={block.colour ?? accent} onChangeEnd={colour => onChange({ ...block, colour: hex(colour) })} withEyeDropper={false} format="hex" />
          <Align value={block.align} onChange={align => onChange({ ...block, align })} />
        </Group>
      </Stack>
    )
    case 'image': return (
      <Stack gap="xs">
        <LiquidInput label={t('image.address')} locale={locale} value={block.src} maxLength={4000} placeholder="https://" onChange={src => onChange({ ...block, src })} />
        <UploadPicture onDone={src => onChange({ ...block, src })} />
        <LiquidInput label={t('image.alt')} locale={locale} value={block.alt} onChange={alt => onChange({ ...block, alt })} description={t('image.alt_hint')} />
        <LiquidInput label={t('image.link')} locale={locale} value={block.url ?? ''} maxLength={4000} placeholder="https://" onChange={url => onChange({ ...block, url: url === '' ? undefined : url })} />
        <Group gap="sm" align="flex-end">
          <NumberInput size="xs" w={130} label={t('image.width')} min={10} max={600} placeholder={t('image.whole')} value={block.width ?? ''} onChange={width => onChange({ ...block, width: typeof width === 'number' && width >= 10 && width <= 600 ? Math.round(width) : undefined })} />
          <Align value={block.align} onChange={align => onChange({ ...block, align })} />
        </Group>
      </Stack>
    )
    case 'divider': return <ColorInput size="xs" w={150} label={t('divider.colour')} value={block.colour ?? '#e2e5e1'} onChangeEnd={colour => onChange({ ...block, colour: hex(colour) })} withEyeDropper={false} format="hex" />
    case 'spacer': return <NumberInput size="xs" w={150} label={t('spacer.height')} min={1} max={200} value={block.height} onChange={height => typeof height === 'number' && height >= 1 && height <= 200 && onChange({ ...block, height: Math.round(height) })} />
    case 'products': return <ProductsForm block={block} onChange={onChange} locale={locale} accent={accent} />
    case 'columns': return (
      <Labelled label={t('columns.count')}>
        <SegmentedControl size="xs" value={String(block.columns.length)} onChange={value => onChange(setColumnCount(block, Number(value) as 2 | 3))} data={['2', '3']} />
      </Labelled>
    )
  }
}

function ProductsForm({ block, onChange, locale }: Props & { block: Extract<MailBlock, { kind: 'products' }> }) {
  const { t } = useTranslation('templates')
  return (
    <Stack gap="xs">
      <Select
        label={t('products.source')} allowDeselect={false} value={'last_order' in block.source ? 'last_order' : 'recommended' in block.source ? 'recommended' : 'skus'}
        onChange={value => onChange({ ...block, source: value === 'last_order' ? { last_order: true } : value === 'recommended' ? { recommended: true } : { skus: [] } })}
        data={[{ value: 'last_order', label: t('products.last_order') }, { value: 'recommended', label: t('products.recommended') }, { value: 'skus', label: t('products.chosen') }]}
      />
      {'skus' in block.source && <TagsInput label={t('products.skus')} description={t('products.skus_hint')} maxTags={12} value={block.source.skus} onChange={skus => onChange({ ...block, source: { skus } })} />}
      <TextInput label={t('products.url')} description={t('products.url_hint', { example: '{{ product.sku }}' })} placeholder="https://shop.example/p/{{ product.sku }}" value={block.url_pattern ?? ''} onChange={event => onChange({ ...block, url_pattern: event.currentTarget.value === '' ? undefined : event.currentTarget.value })} />
      <LiquidInput label={t('products.button')} locale={locale} maxLength={200} value={block.button_label ?? ''} onChange={label => onChange({ ...block, button_label: label === '' ? undefined : label })} />
      <Switch label={t('products.price')} checked={block.show_price} onChange={event => onChange({ ...block, show_price: event.currentTarget.checked })} />
    </Stack>
  )
}

function Align({ value, onChange }: { value: 'left' | 'center' | 'right' | undefined, onChange: (value: 'left' | 'center' | 'right') => void }) {
  const { t } = useTranslation('templates')
  const icons = { left: IconAlignLeft, center: IconAlignCenter, right: IconAlignRight }
  return (
    <Labelled label={t('align.title')}>
      <SegmentedControl
        size="xs" value={value ?? 'left'} onChange={next => onChange(next as 'left' | 'center' | 'right')}
        data={(['left', 'center', 'right'] as const).map((side) => {
          const Icon = icons[side]
          return { value: side, label: <Icon size={15} stroke={1.8} aria-label={t(`align.${side}`)} style={{ display: 'block', margin: '1px 0' }} /> }
        })}
      />
    </Labelled>
  )
}

function Labelled({ label, children }: { label: string, children: React.ReactNode }) {
  return (
    <div role="group" aria-label={label}>
      <Text size="xs" fw={500} mb={3}>{label}</Text>
      {children}
    </div>
  )
}

const hex = (colour: string): string | undefined => /^#[0-9a-f]{6}$/i.test(colour) ? colour.toLowerCase() : undefined

/** The picture travels in the mail itself: it is seen where pictures from the net are not loaded. */
function UploadPicture({ onDone }: { onDone: (src: string) => void }) {
  const { t } = useTranslation('templates')
  const upload = useUploadMailFile(file => onDone(inlineAddress(file.id)))
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <FileButton accept="image/png,image/jpeg,image/gif,image/webp" onChange={file => file !== null && upload.mutate(file)}>
          {props => <Button {...props} size="xs" variant="default" loading={upload.isPending}>{t('image.upload')}</Button>}
        </FileButton>
        <Text size="xs" c="dimmed">{t('image.upload_hint')}</Text>
      </Group>
      <ErrorNotice error={upload.error} />
    </Stack>
  )
}
