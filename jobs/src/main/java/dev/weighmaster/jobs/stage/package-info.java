/**
 * The stages of an audit, one class each, which distribute functions of `core`, and what they write
 * down, count and show meanwhile. They know the packages {@code spark}, {@code table} and {@code
 * filelist}.
 *
 * <p>A stage takes and gives records of `core`, never rows: a later stage can add to what an
 * earlier one has found. What all stages of a run share is its {@code RunContext}. What a stage
 * keeps in Spark's storage it keeps through that context, which gives it back at the end of the
 * run.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Statements come before digests.</b> A model signature of the {@code shards} method asks
 *       for digests of byte ranges. They are computed in the pass that hashes the file, so the
 *       ranges must be known by then.
 *   <li><b>A sidecar is read once</b>; the same bytes give its digest and its statements.
 *   <li><b>A journal, not a checkpoint</b> ({@link dev.weighmaster.jobs.stage.DigestJournal}). Each
 *       task writes its findings to the table's {@code _unfinished}, at the latest after 256 files,
 *       256 MiB or 5 s. The next run over the hub, and a restarted task, reuse what is newer than
 *       the newest run in the table, even with {@code --full} and {@code --scrub}. A file that is
 *       read in pieces is written down only when all of it is done.
 *   <li><b>A chain asks, a join answers.</b> The lookup of {@link
 *       dev.weighmaster.jobs.stage.ChainStage} knows what earlier rounds found; a case that asks
 *       for more waits for the next join.
 *   <li><b>A bucket is listed flat</b>, on the executors: one organisation at a time up to ten
 *       pages, beyond that one repository at a time.
 *   <li><b>A file list is recognised by its form.</b> A name that ends in {@code .json} is a
 *       manifest; a folder, or a file that starts like Parquet, is a {@code files} data set;
 *       anything else is a list of paths. Paths of the last two are looked up. A store's list that
 *       was made before the newest run began cannot say what changed since: then everything is
 *       read.
 * </ul>
 */
package dev.weighmaster.jobs.stage;
