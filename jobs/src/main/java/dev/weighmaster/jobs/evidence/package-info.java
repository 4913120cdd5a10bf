/**
 * What an auditor gives others of a run: a signature over it, verification summaries and bills of
 * materials, each only of a run that is as it was written. It knows the package {@code table}, and
 * nothing of Spark or of the stages that made the run.
 */
package dev.weighmaster.jobs.evidence;
