/** The Spark jobs that distribute the stages of `core`, and the command line. */
package dev.weighmaster.jobs;
