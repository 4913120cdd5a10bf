/**
 * The rows of the audit table; the Avro schemas beside them are the table's contract.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>The table is the memory.</b> A row of {@code files} holds everything that a file's bytes
 *       say; while size, etag and time stay the same, the next run reuses it. What decides a
 *       verdict but is not in the bytes (names, links, policy, statements) is evaluated anew each
 *       time. So whoever can write to the table can make verdicts: protect it like the policy, and
 *       run {@code --scrub} and {@code table verify}.
 *   <li><b>A file that changed shortly before it was read is read again the next night</b> ({@link
 *       dev.weighmaster.audit.KnownFile}), like git's racily clean entries: size, etag and time
 *       tell two versions apart only if each change gets another time. A local page that is written
 *       through a mapping gets a time at its first write and no other until it has been written
 *       back, half a minute later or more. Two objects of the same second have one time, and two
 *       with the same MD5 can be made. So a digest is reused only if the file last changed more
 *       than 20 minutes before the reading began, by the inode's change time where there is one: 15
 *       for a clock as far off as S3 accepts, five for the disk. The same holds for the journal,
 *       and such a file cannot be called rotten. Not covered: file systems that never note a later
 *       time for mapped pages (tmpfs), clocks that are further off, and two multipart uploads of
 *       one key that began in the same second, because S3 gives an object the time at which its
 *       upload began. {@code --scrub} reads those too.
 *   <li><b>Without an etag, a file is read every night</b>, and so is every file on HDFS: its file
 *       ids survive truncation, and the owner can set the time back.
 *   <li><b>A listing may be old.</b> A file that changed after it was listed is read as it is now;
 *       one that changes while it is read is {@code CHANGED_DURING_READ}.
 *   <li><b>Claimed error bounds are read when they are checked</b> ({@link
 *       dev.weighmaster.audit.HubBounds}), for {@code verify} alone. In every record of a statement
 *       they would travel with each file that it covers.
 *   <li><b>{@code verify} and {@code serve} find sources by reading</b> ({@link
 *       dev.weighmaster.audit.HubSources}): they have no join. They read the repository that the
 *       statement names, with all revisions if need be, and of other repositories those in which a
 *       statement that counts names the digest. Only the audit finds a file elsewhere that was
 *       changed after a party of the chain signed it, and the 17th repository that is signed by
 *       shards or with BLAKE.
 * </ul>
 */
package dev.weighmaster.audit;
