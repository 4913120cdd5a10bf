/** The words that the audit ends in. */
package dev.weighmaster.verdict;
