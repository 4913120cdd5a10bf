/** Evidence, links, chains, and the judgement of each quantization. */
package dev.weighmaster.chain;
