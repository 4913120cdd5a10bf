/** The compliance report: what one run has found, for people and machines. */
package dev.weighmaster.jobs.report;
