import { alpha, createTheme } from '@mantine/core'
import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core'

/** The accent: a deep pine green, legible as text on white (6) and on the dark surface (3). */
const pine: MantineColorsTuple = ['#e9f6f2', '#d3ebe4', '#a5d8ca', '#72c3ae', '#46b095', '#259a7f', '#0c7f69', '#0a6b59', '#08574a', '#05443a']
/** What asks to be looked at: the dot of the mark, a number that waits. */
const amber: MantineColorsTuple = ['#fff6e5', '#ffebcb', '#ffd797', '#ffc163', '#ffb03d', '#f79c1d', '#d97f06', '#ad6304', '#8a4f08', '#71420c']
/** Neutral with a breath of green, so that surfaces and accent belong together. */
const gray: MantineColorsTuple = ['#f7f8f7', '#eff1f0', '#e3e6e4', '#d3d7d5', '#b9bfbc', '#949c98', '#666f6b', '#4c5451', '#333a37', '#1d2320']
const dark: MantineColorsTuple = ['#d9dedb', '#aeb6b2', '#9ca59f', '#69736e', '#434c48', '#323a37', '#262d2a', '#1a201d', '#131816', '#0d110f']

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 6, dark: 6 },
  colors: { pine, amber, gray, dark },
  black: '#1d2320',
  fontFamily: "'Golos Text Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '0.75rem', sm: '0.84375rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.25' }, h2: { fontSize: '1.1875rem', lineHeight: '1.3' }, h3: { fontSize: '1rem', lineHeight: '1.4' }, h4: { fontSize: '0.9375rem', lineHeight: '1.4' } },
  },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm', fw: 500 } },
    Paper: { defaultProps: { radius: 'lg', withBorder: true, p: 'md' } },
    Card: { defaultProps: { radius: 'lg', withBorder: true, padding: 'md' } },
    Table: { defaultProps: { verticalSpacing: 8, horizontalSpacing: 'sm' } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 500 } },
    Modal: { defaultProps: { centered: true, radius: 'lg' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md' } },
    Select: { defaultProps: { checkIconPosition: 'right' } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
})

/** Text on quiet surfaces of a colour, where that of Mantine is too pale to read (less than 4.5 : 1). */
const legible = { red: '#b82525', orange: '#a83a0a', yellow: '#8a4f08', lime: '#44700a', green: '#1f6b33', teal: '#066449' }

/** In the dark, quiet surfaces of a colour are a breath of it over what lies below, not a near-black of their own. */
export const cssVariables: CSSVariablesResolver = resolved => ({
  variables: {},
  light: {
    '--mantine-color-anchor': resolved.colors['pine']?.[7] ?? '',
    '--mantine-color-amber-light': resolved.colors['amber']?.[0] ?? '',
    ...Object.fromEntries(Object.entries(legible).map(([name, colour]) => [`--mantine-color-${name}-light-color`, colour])),
  },
  dark: { '--mantine-color-anchor': resolved.colors['pine']?.[3] ?? '', ...Object.fromEntries(Object.entries(resolved.colors).filter(([name]) => name !== 'dark').flatMap(([name, shades]) => [
    [`--mantine-color-${name}-light`, alpha(shades[5], 0.17)],
    [`--mantine-color-${name}-light-hover`, alpha(shades[5], 0.26)],
    [`--mantine-color-${name}-light-color`, shades[2]],
  ])) },
})
