/**
 * The stages of an audit, one class each, which distribute functions of `core`, and what they write
 * down, count and report meanwhile. They know the packages {@code spark}, {@code table} and {@code
 * inventory}. The order of the stages, and how their results become rows, is {@code AuditJob}'s.
 */
package dev.weighmaster.jobs.stage;
