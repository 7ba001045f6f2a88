import type { Jobs } from './base/jobs.ts'
import { recomputeAllSegments } from './segments/save-segment.ts'

/** Every background job by its name. A job may run twice: each must be harmless the second time. */
export const jobs: Jobs = {
  'segments.recompute': recomputeAllSegments,
}
