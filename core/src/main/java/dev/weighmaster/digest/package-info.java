/**
 * The one-pass scanner: file digest, shard digests and header from a single reading of the bytes.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Work is packed by time, not size</b> ({@link dev.weighmaster.digest.ReadingTime}:
 *       requests, bytes, and the hashes asked for). Tasks take about equal time, eight per core,
 *       longest first: large files start early, small ones fill the gaps.
 *   <li><b>Shard digests can be computed in pieces; a SHA-256 cannot.</b> BLAKE3 takes ten times as
 *       long as SHA-256. So a file that would take longer than a core's fair share gives the shards
 *       that a model signature asks for to other tasks ({@link dev.weighmaster.digest.Work}). Its
 *       bytes are then read twice, which is the price of not waiting for one core at the end.
 *   <li><b>Shards are folded into one digest over all of theirs</b>, so that a signature with
 *       shards of one byte costs no memory.
 *   <li><b>{@code Findings.VERSION} goes up with every change to what a scan finds.</b> The next
 *       audit then reads everything again.
 *   <li><b>One reading serves all paths to the same file</b> ({@link
 *       dev.weighmaster.digest.SharedContent}): of the symbolic and hard links to one inode, one
 *       path is read for each kind of file. If that path becomes unreadable, the next one is tried.
 *       Another path gets the result only if its etag was the same in the listing or is the same
 *       now, because somebody can redirect a link after the listing.
 * </ul>
 */
package dev.weighmaster.digest;
