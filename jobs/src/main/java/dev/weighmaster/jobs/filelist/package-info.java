/**
 * Lists of a hub's files that an audit can take instead of listing the hub: an S3 Inventory in CSV
 * or Parquet, or a plain list of paths. Everything that knows the forms of such lists is here;
 * {@link dev.weighmaster.hub.FlatInventory} makes the hub's inventory of what they hold. Nothing
 * here knows Spark.
 *
 * <p>The words: an <i>inventory</i> is what a hub holds, however that was found out; <i>S3
 * Inventory</i> is Amazon's product; a <i>file list</i> is what is read instead of listing; a
 * <i>report</i> is the compliance report of a run.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>The listed bucket must be the hub's.</b> {@code s3a://BUCKET/PREFIX} says both. Any
 *       other hub must have a folder with the bucket's name on the way to its root, as where the
 *       bucket is mounted; what follows is the prefix.
 *   <li><b>Data files are found at their keys</b> if the manifest lies in the bucket that S3 wrote
 *       it to; otherwise in {@code data} beside the manifest's folder, or else beside the manifest.
 *   <li><b>Data files are checked as they are read.</b> Size and MD5 of a CSV file are checked in
 *       the pass that reads its rows. A Parquet file is first copied to the task's machine, because
 *       its rows cannot be read in byte order.
 * </ul>
 */
package dev.weighmaster.jobs.filelist;
