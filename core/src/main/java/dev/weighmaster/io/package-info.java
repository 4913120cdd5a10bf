/**
 * Byte sources: mapped local files, ranged reads over Hadoop's file systems.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Only files and folders are opened.</b> Opening a pipe would block, so the type of
 *       whatever a name leads to is checked first.
 *   <li><b>File names are UTF-8.</b> The JVM decodes them by the locale; under any other encoding
 *       the hub is not opened, and the message says what to set. A name that is not UTF-8 can never
 *       be opened: its row spells out its bytes, each in hexadecimal after U+FFFD. A name that
 *       contains U+FFFD is spelled out too, so that no two names look alike.
 *   <li><b>Local files are mapped in windows of 64 MiB</b>, copied chunk by chunk into one reused
 *       array, and unmapped at once. Mappings left to the garbage collector pile up; mappings used
 *       outside the reader would crash unrelated code when a file shrinks.
 *   <li><b>Objects are read in pieces of 8 MiB, four in flight ahead of the hash.</b> Each piece is
 *       one ranged GET through a Hadoop stream, opened with what the listing said, so that S3A need
 *       not ask. Buffers are reused, and bounded by the number of cores and by an eighth of the
 *       heap. A file that fits into one piece is one request. Each request carries the etag ({@code
 *       If-Match}), and the last asks for one byte too many, so no HEAD is needed before or after.
 *       On a store without etags, and on other file systems, the status is read before and after
 *       instead.
 *   <li><b>An interrupted piece resumes where it stopped</b>, at most eight times, and for at most
 *       two minutes without a byte. S3A, the SDK below it and this package each retry: with
 *       Hadoop's defaults that multiplies to hours, so {@link dev.weighmaster.io.HadoopSettings}
 *       shortens them, but never overrides an operator's setting. The SDK's own retries are off,
 *       because no statistics show them.
 *   <li><b>Only {@link dev.weighmaster.io.S3Objects} and {@link
 *       dev.weighmaster.io.UrlEncodedListings} need S3A's classes.</b> The second has S3 URL-encode
 *       the keys of a listing: one key with a character that XML cannot hold would otherwise hide a
 *       whole organisation.
 *   <li><b>An etag is not a digest.</b> Many stores use MD5, and two files with the same MD5 can be
 *       made. Two listings show the same version only if size, etag and time agree. A SHA-256 that
 *       the store keeps of a whole object is only compared with the computed one.
 * </ul>
 */
package dev.weighmaster.io;
