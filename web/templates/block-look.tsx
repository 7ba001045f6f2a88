import { IconColumns, IconHeading, IconLineDashed, IconLink, IconPhoto, IconSpacingVertical, IconTextSize, IconShoppingBag } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { Box, Group, Image, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { BlockKind, LeafBlock } from './edit-document.ts'
import { usePersonalFields } from './insert-field.tsx'
import { inWords } from './liquid-words.ts'
import { contentOf } from './mail-files.tsx'
import classes from './templates.module.css'

export const blockIcons: Record<BlockKind, Icon> = {
  heading: IconHeading, text: IconTextSize, button: IconLink, image: IconPhoto, divider: IconLineDashed, spacer: IconSpacingVertical, products: IconShoppingBag, columns: IconColumns,
}

/** What a block looks like in the list, roughly: the preview beside shows it exactly. */
export function BlockLook({ block, accent }: { block: LeafBlock, accent: string }) {
  const { t, i18n } = useTranslation('templates')
  const fields = usePersonalFields()
  const words = (text: string) => inWords(text, fields, i18n.language === 'ru' ? 'ru' : 'en')
  switch (block.kind) {
    case 'heading': return <Text fw={650} fz={{ 1: 20, 2: 17, 3: 15 }[block.level]} ta={block.align ?? 'left'} style={{ overflowWrap: 'anywhere' }}>{words(block.text) || t('empty')}</Text>
    case 'text': return <Text size="sm" lineClamp={3} ta={block.align ?? 'left'} c={plainText(block.html) === '' ? 'dimmed' : undefined}>{words(plainText(block.html)) || t('empty')}</Text>
    case 'button': return (
      <Group justify={{ left: 'flex-start', center: 'center', right: 'flex-end' }[block.align ?? 'left']}>
        <span className={classes.buttonLook} style={{ background: block.colour ?? accent, color: block.text_colour ?? '#fff' }}>{words(block.label) || t('empty')}</span>
      </Group>
    )
    case 'image': return block.src === '' || block.src.includes('{')
      ? <Text size="sm" c="dimmed">{block.src || t('image.none')}</Text>
      : <Image src={block.src.replace(/^cid:file-(\d+)$/, (_, id: string) => contentOf(Number(id)))} alt={block.alt} mah={120} w="auto" maw="100%" fit="contain" radius="sm" />
    case 'divider': return <Box className={classes.dividerLook ?? ''} style={{ borderColor: block.colour ?? undefined }} />
    case 'spacer': return <Text size="xs" c="dimmed">{t('spacer.pixels', { count: block.height })}</Text>
    case 'products': return <Text size="sm" c="dimmed">{'last_order' in block.source ? t('products.last_order_look') : 'recommended' in block.source ? t('products.recommended_look') : t('products.chosen_look', { count: block.source.skus.length })}</Text>
  }
}

export function plainText(html: string): string {
  return new DOMParser().parseFromString(html.replace(/<(br|\/p|\/li)[^>]*>/gi, '$& '), 'text/html').body.textContent.replace(/\s+/g, ' ').trim()
}
