/**
 * The codecs of ggml's tensor types: rows of floats to blocks of bytes and back, equal to ggml's
 * own bit for bit.
 *
 * <p>Java's {@code float} is strict IEEE 754 arithmetic, as are the builds of ggml that people
 * publish with on x86-64. A codec therefore gives the same bytes if it runs the same operations in
 * the same order; sums, above all, run in ggml's order, and no multiplication is fused with an
 * addition.
 *
 * <p>{@link dev.weighmaster.ggml.GgmlCodecs} has the codec of each type. Where the virtual machine
 * was started with {@code jdk.incubator.vector}, codecs compute in vectors, a sub-block in each
 * lane, and give the same bits; see {@code Arithmetic}.
 */
package dev.weighmaster.ggml;
