/**
 * The audit of a whole hub, and what it came to. It strings the stages together and puts what they
 * give into the table, so it knows the packages {@code stage}, {@code table} and {@code spark}; of
 * all others only {@code cli} and the tests know it.
 */
package dev.weighmaster.jobs;
