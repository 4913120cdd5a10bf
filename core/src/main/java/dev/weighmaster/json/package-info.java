/** JSON from sources that nobody vouches for. */
package dev.weighmaster.json;
