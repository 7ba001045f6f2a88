import { useTranslation } from 'react-i18next'

/** The name of an RFM class where it stands by itself; conditions have it in the middle of a sentence. */
export function useClassName() {
  const { t } = useTranslation('conditions')
  return (key: string): string => {
    const name = t(`rfm_classes.${key}`, { defaultValue: key })
    return name.charAt(0).toLocaleUpperCase() + name.slice(1)
  }
}
