/**
 * What a hub holds, before any weights are read: its repositories and files as a listing shows
 * them, the kind that a file's name says, and readers of the small files that stand beside weights
 * (model cards, configurations, pointer files).
 *
 * <p>Nothing here knows a digest. What needs both the listing and what the files hold is in {@code
 * dev.weighmaster.quantization}.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>{@link dev.weighmaster.hub.Layout} decides by the path alone which repository a file
 *       belongs to</b>, both for a walk through the hub and for a list of its files. For the same
 *       files, both give the same inventory, with the same limits.
 *   <li><b>A stray file has no row.</b> Strays are files above {@code org/name}, and files in a
 *       cached model's folder beside its snapshots (blobs and refs are the cache's own, unless they
 *       are named like weights). The run's row counts and names them. A folder that cannot be
 *       listed, or that is a link, counts as one stray. If strays hold all the weights, the folder
 *       is only part of a hub, and the audit publishes nothing.
 *   <li><b>Links stay inside.</b> A link to a folder may not lead out of its repository (for a
 *       snapshot: out of its model's folder), and a link that stands for a repository may not lead
 *       to a folder of repositories. The row says so.
 *   <li><b>Keys are not paths.</b> Hadoop collapses two slashes into one, so an object with such a
 *       key is a row of a missing file. A key with {@code .} or {@code ..} is a row that says so. A
 *       key that ends in {@code /} is a folder marker, not a file.
 *   <li><b>A row of a file list that cannot be parsed ends the audit; a key that cannot be a path
 *       is a row.</b> The first is a fault in the list, and skipping it would lose a file. Anyone
 *       who may upload can cause the second. A path that a list has twice is one file, and an ERROR
 *       if the two entries differ. A key without an organisation or a name is in no repository.
 *   <li><b>A file list replaces the listing and nothing else.</b> It is trusted for which files
 *       exist, never for what they contain: a file that is read must still have the size, time and
 *       etag that the list gives.
 * </ul>
 */
package dev.weighmaster.hub;
