/** Byte sources: mapped local files, ranged reads over Hadoop's file systems. */
package dev.weighmaster.io;
