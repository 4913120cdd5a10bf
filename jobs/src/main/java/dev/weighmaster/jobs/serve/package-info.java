/**
 * The service that a hub calls when a repository was uploaded or changed.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>The service asks what {@code verify} asks</b>, through {@link
 *       dev.weighmaster.jobs.serve.WatchedStorage}. Once the time or the bytes of a request are
 *       used up, every read fails, so the work ends by itself, and its results are thrown away. The
 *       same storage remembers what was listed, which tells a badge when its verdict no longer
 *       rests on what is there.
 *   <li><b>The server is Jetty's core without servlets</b>, relocated like everything that a
 *       cluster may have in another version. It logs through SLF4J, which is Spark's and not in the
 *       jar: {@code bin/weighmaster} adds Spark's four logging jars for {@code serve}, and nothing
 *       else of Spark unless the hub is not local.
 * </ul>
 */
package dev.weighmaster.jobs.serve;
