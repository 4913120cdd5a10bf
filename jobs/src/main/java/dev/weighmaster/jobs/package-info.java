/**
 * The audit of a whole hub, and its result.
 *
 * <p>{@code AuditJob.execute} is the table of contents: the stages in their order, then the rows,
 * then the publication. It knows the packages {@code stage}, {@code table} and {@code spark}. Of
 * all others only {@code cli} and the tests know it.
 */
package dev.weighmaster.jobs;
