import { Anchor, Text } from '@mantine/core'
import { useUsers } from '../contacts/use-reference.ts'

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** The words of a note: links can be followed, who is named with @ stands out. */
export function NoteText({ text }: { text: string }) {
  const names = useUsers().map(user => escaped(user.name)).toSorted((a, b) => b.length - a.length)
  if (text === '') return null
  const marks = new RegExp(`(https?://[^\\s<>"]+${names.length > 0 ? `|@(?:${names.join('|')})` : ''})`, 'giu')
  return (
    <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {text.split(marks).map((part, index) => index % 2 === 0
        ? part
        : part.startsWith('@') ? <Text key={index} span inherit fw={600} c="var(--mantine-color-pine-light-color)">{part}</Text> : <Anchor key={index} inherit href={part} target="_blank" rel="noreferrer noopener">{part}</Anchor>)}
    </Text>
  )
}
