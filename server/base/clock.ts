/** The time as the program sees it. Passed in where time matters, so that a test can move it. */
export const systemClock = (): Date => new Date()
