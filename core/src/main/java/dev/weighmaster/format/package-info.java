/** What the formats of weights have in common. */
package dev.weighmaster.format;
