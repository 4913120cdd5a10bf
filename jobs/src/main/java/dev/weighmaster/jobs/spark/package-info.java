/**
 * What every Spark job here shares: the session, how records travel between processes, how listings
 * are kept and items are spread over tasks, and how a task opens storage. It knows `core` and
 * Spark, and no other package of this module.
 */
package dev.weighmaster.jobs.spark;
