/**
 * JSON both ways: from sources that nobody vouches for, in bounded time and depth, and from records
 * of ours, by one rule for all outputs that show a record.
 */
package dev.weighmaster.json;
