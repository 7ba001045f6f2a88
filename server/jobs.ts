import type { Jobs } from './base/jobs.ts'
import { movePeople } from './flows/move-people.ts'
import { reactToTestMail } from './flows/react-to-test-mail.ts'
import { computeAllFeatures } from './flows/compute-features.ts'
import { computeFormulas } from './flows/compute-formulas.ts'
import { rebuildEverything } from './flows/rebuild-rollups.ts'
import { followArchived } from './flows/follow-archived.ts'
import { enrolSegment } from './flows/start-journeys.ts'
import { countKept } from './journeys/journey-numbers.ts'
import { runDryRun } from './journeys/dry-run/run-dry-run.ts'
import { recomputeAllSegments } from './segments/save-segment.ts'

/** Has a runner of its own: a night's work, which neither waits for the others nor holds them up. */
export const nightJobs: Jobs = {
  'features.compute': computeAllFeatures,
}

/** Every background job by its name. A job may run twice: each must be harmless the second time. */
export const jobs: Jobs = {
  ...nightJobs,
  'contacts.compute-formulas': computeFormulas,
  'journeys.count': countKept,
  'journeys.dry-run': runDryRun,
  'journeys.enrol-segment': enrolSegment,
  'journeys.follow-archived': followArchived,
  'journeys.move-people': movePeople,
  'journeys.test-reaction': reactToTestMail,
  'rollups.rebuild': rebuildEverything,
  'segments.recompute': recomputeAllSegments,
}
