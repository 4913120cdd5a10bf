/**
 * How the tensors of a repository become those of a GGUF: what the converter of llama.cpp does to
 * each, as data, so that a GGUF can be weighed against the safetensors that it comes from.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A table an architecture.</b> The tables are resources beside this package; {@code
 *       MappingTable} says how they are read. An architecture whose transformations are known needs
 *       a table and no code. Where converters differ over time, a table has both forms.
 *   <li><b>A transformation is a view.</b> Whatever is permuted, split, stacked or transposed is
 *       read as offsets and strides of the source's units: bytes are moved, and no weight is
 *       decoded. Only what does arithmetic decodes: one that is added, scales of FP8.
 *   <li><b>The source's type is kept.</b> What a weighing reads are the source's bfloat16 values,
 *       rearranged; to which type they were rounded next is the recipe's to say.
 *   <li><b>Memory does not depend on shapes.</b> Views are read in tiles of 4 MiB of the source at
 *       most. One whose weights are too far from each other for that is not compared.
 *   <li><b>A configuration that makes no sense leaves tensors uncompared</b>, each with the reason.
 * </ul>
 */
package dev.weighmaster.conversion;
