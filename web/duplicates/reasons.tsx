import { Group, Stack, Text } from '@mantine/core'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import { useReasons, type AnyReasons } from './use-reasons.ts'

/** Why two cards are, or may not be, one person or one company. */
export function Reasons({ size = 'sm', ...reasons }: AnyReasons & { size?: 'xs' | 'sm' }) {
  const { pro, contra } = useReasons()(reasons)
  return (
    <Stack gap={2}>
      {pro.length > 0 && <Line icon={<IconPlus size={14} color="var(--mantine-color-green-7)" aria-hidden />} text={pro.join(' · ')} size={size} />}
      {contra.length > 0 && <Line icon={<IconMinus size={14} color="var(--mantine-color-red-7)" aria-hidden />} text={contra.join(' · ')} size={size} />}
    </Stack>
  )
}

const Line = ({ icon, text, size }: { icon: React.ReactNode, text: string, size: 'xs' | 'sm' }) => (
  <Group gap={6} wrap="nowrap" align="baseline">
    <span style={{ flex: 'none', position: 'relative', top: 2 }}>{icon}</span>
    <Text size={size}>{text}</Text>
  </Group>
)
