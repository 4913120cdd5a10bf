/** What people read of text, sizes and times, whoever wrote them. */
package dev.weighmaster.jobs.text;
