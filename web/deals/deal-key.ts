export const dealKey = (id: number) => ['deal', id]
