/** The GGUF format: versions 1 to 3, in either byte order. */
package dev.weighmaster.format.gguf;
