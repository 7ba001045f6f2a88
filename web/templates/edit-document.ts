import type { MailBlock, MailDocument, MailLocale, MailVariant } from '../../shared/templates.ts'

/** Changes to a mail's document, as plain functions: nothing here knows of the screen. */
export type LeafBlock = Exclude<MailBlock, { kind: 'columns' }>
export type BlockKind = MailBlock['kind']
/** Before which block something goes: among the mail's blocks, or in a column of a columns block. */
export type Place = { index: number, columnsId?: string, column?: number }

export const blockKinds: BlockKind[] = ['heading', 'text', 'button', 'image', 'divider', 'spacer', 'products', 'columns']

export function newId(): string {
  return `b${Math.random().toString(36).slice(2, 10)}`
}

type Words = { heading: string, text: string, button: string, open: string }

/** A block as it is when it comes from the palette. */
export function newBlock(kind: BlockKind, words: Words): MailBlock {
  const id = newId()
  switch (kind) {
    case 'heading': return { id, kind, text: words.heading, level: 2 }
    case 'text': return { id, kind, html: `<p>${words.text}</p>` }
    case 'button': return { id, kind, label: words.button, url: 'https://' }
    case 'image': return { id, kind, src: '', alt: '' }
    case 'divider': return { id, kind }
    case 'spacer': return { id, kind, height: 24 }
    case 'products': return { id, kind, source: { last_order: true }, show_price: true, button_label: words.open, url_pattern: '' }
    case 'columns': return { id, kind, columns: [[newBlock('text', words) as LeafBlock], [newBlock('text', words) as LeafBlock]] }
  }
}

export function placeOf(blocks: MailBlock[], id: string): Place | undefined {
  for (const [index, block] of blocks.entries()) {
    if (block.id === id) return { index }
    if (block.kind !== 'columns') continue
    for (const [column, leaves] of block.columns.entries()) {
      const found = leaves.findIndex(leaf => leaf.id === id)
      if (found !== -1) return { columnsId: block.id, column, index: found }
    }
  }
  return undefined
}

export function findBlock(blocks: MailBlock[], id: string): MailBlock | undefined {
  return blocks.flatMap(block => block.kind === 'columns' ? [block, ...block.columns.flat()] : [block]).find(block => block.id === id)
}

/** Columns do not go into columns; such a block, or one for a place that is gone, is put at the end. */
export function insertBlock(blocks: MailBlock[], block: MailBlock, place: Place): MailBlock[] {
  if (place.columnsId === undefined) return blocks.toSpliced(Math.min(place.index, blocks.length), 0, block)
  const target = blocks.find(each => each.id === place.columnsId)
  if (block.kind === 'columns' || target?.kind !== 'columns' || target.columns[place.column ?? 0] === undefined) return [...blocks, block]
  return withLeaves(blocks, place, leaves => leaves.toSpliced(Math.min(place.index, leaves.length), 0, block))
}

export function removeBlock(blocks: MailBlock[], id: string): MailBlock[] {
  return blocks
    .filter(block => block.id !== id)
    .map(block => block.kind === 'columns' ? { ...block, columns: block.columns.map(leaves => leaves.filter(leaf => leaf.id !== id)) } : block)
}

export function replaceBlock(blocks: MailBlock[], changed: MailBlock): MailBlock[] {
  return blocks.map((block) => {
    if (block.id === changed.id) return changed
    if (block.kind !== 'columns') return block
    return { ...block, columns: block.columns.map(leaves => leaves.map(leaf => leaf.id === changed.id ? changed as LeafBlock : leaf)) }
  })
}

/** Takes the block out and puts it before what stands at the place now. */
export function moveBlock(blocks: MailBlock[], id: string, place: Place): MailBlock[] {
  const block = findBlock(blocks, id)
  const from = placeOf(blocks, id)
  if (!block || !from || place.columnsId === id) return blocks
  const sameList = from.columnsId === place.columnsId && from.column === place.column
  if (sameList && (place.index === from.index || place.index === from.index + 1)) return blocks
  const index = sameList && place.index > from.index ? place.index - 1 : place.index
  if (block.kind === 'columns' && place.columnsId !== undefined) return blocks
  return insertBlock(removeBlock(blocks, id), block, { ...place, index })
}

/** One place up or down in its own list; at the edge of a column, out of it. */
export function moveBy(blocks: MailBlock[], id: string, step: -1 | 1): MailBlock[] {
  const from = placeOf(blocks, id)
  if (!from) return blocks
  const list = from.columnsId === undefined ? blocks : leavesAt(blocks, from)
  const index = from.index + step
  if (index >= 0 && index < list.length) return moveBlock(blocks, id, { ...from, index: step === 1 ? index + 1 : index })
  if (from.columnsId === undefined) return blocks
  const parent = blocks.findIndex(block => block.id === from.columnsId)
  return moveBlock(blocks, id, { index: step === 1 ? parent + 1 : parent })
}

/** A copy right after the block; returns its id too, so that it can be chosen. */
export function duplicateBlock(blocks: MailBlock[], id: string): { blocks: MailBlock[], id: string } {
  const block = findBlock(blocks, id)
  const place = placeOf(blocks, id)
  if (!block || !place) return { blocks, id }
  const copy = withNewIds(block)
  return { blocks: insertBlock(blocks, copy, { ...place, index: place.index + 1 }), id: copy.id }
}

export function setColumnCount(block: Extract<MailBlock, { kind: 'columns' }>, count: 2 | 3): MailBlock {
  const columns = block.columns.slice(0, count)
  // What stood in a column that goes is not lost: it moves to the last one that stays.
  const rest = block.columns.slice(count).flat()
  while (columns.length < count) columns.push([])
  return { ...block, columns: columns.with(count - 1, [...columns[count - 1]!, ...rest]) }
}

export function withNewIds<B extends MailBlock>(block: B): B {
  const copy = { ...block, id: newId() }
  return copy.kind === 'columns' ? { ...copy, columns: copy.columns.map(leaves => leaves.map(withNewIds)) } : copy
}

export function setVariant(document: MailDocument, locale: MailLocale, variant: MailVariant | undefined): MailDocument {
  const { [locale]: _, ...others } = document.locales
  return { ...document, locales: variant === undefined ? others : { ...others, [locale]: variant } }
}

export function copyVariant(variant: MailVariant): MailVariant {
  return variant.blocks === undefined ? { ...variant } : { ...variant, blocks: variant.blocks.map(withNewIds) }
}

function leavesAt(blocks: MailBlock[], place: Place): LeafBlock[] {
  const parent = blocks.find(block => block.id === place.columnsId)
  return parent?.kind === 'columns' ? parent.columns[place.column ?? 0] ?? [] : []
}

function withLeaves(blocks: MailBlock[], place: Place, change: (leaves: LeafBlock[]) => LeafBlock[]): MailBlock[] {
  return blocks.map(block => block.id === place.columnsId && block.kind === 'columns'
    ? { ...block, columns: block.columns.map((leaves, column) => column === (place.column ?? 0) ? change(leaves) : leaves) }
    : block)
}
