/**
 * Statements and predicates: what a signed text says, and the rules that it must keep.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>The predicate is closed, the bundle is open.</b> An unknown field in our predicate is
 *       refused, because it is signed and this version does not know what it says. Unknown fields
 *       of the bundle are ignored, because nobody signs them.
 *   <li><b>The path {@code .} means the file that {@code FILE.sig} is named after</b>; in {@code
 *       model.sig} it means the file beside it with the listed digest or shard digests. The
 *       reference implementation writes {@code .} for a model of a single file, where the
 *       specification (section 6.1.2) asks for the file name, which is what {@code sign} writes.
 *   <li><b>A conversion's sources are compared by one digest.</b> Its statement lists a whole
 *       snapshot; names and digests are hashed into one ({@link
 *       dev.weighmaster.attest.SnapshotDigest}) that each weights file carries along. A list of
 *       files in every record would grow with the hub.
 * </ul>
 */
package dev.weighmaster.attest;
