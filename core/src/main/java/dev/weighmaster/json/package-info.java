/**
 * Reads JSON from untrusted sources in bounded time and depth, and writes records as JSON by one
 * rule for all outputs.
 */
package dev.weighmaster.json;
