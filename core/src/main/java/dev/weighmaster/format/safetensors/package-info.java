/** The safetensors format: headers and the index of a sharded set. */
package dev.weighmaster.format.safetensors;
