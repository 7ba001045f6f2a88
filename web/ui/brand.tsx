/** The mark: a ring and its answer. */
export function Brand({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-pine-7)" />
      <circle cx="16" cy="16" r="8.5" fill="none" stroke="#fff" strokeWidth="3.4" />
      <circle cx="23.5" cy="8.5" r="4.6" fill="var(--mantine-color-amber-4)" stroke="var(--mantine-color-pine-7)" strokeWidth="1.8" />
    </svg>
  )
}
