/** Formats text, sizes and times for people, untrusted text included. */
package dev.weighmaster.jobs.text;
