/**
 * The tensors of a model, whatever format and however many files it is in, and their bytes.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A model is unreadable as a whole.</b> One unsound header, a part that is missing or a
 *       name in two files leaves no tensor of the model: a loader would not take it either.
 *   <li><b>Shapes are in ggml's order.</b> The row's length comes first, for safetensors too.
 *   <li><b>A tensor is opened as a range of its file</b>, with the version that its header was read
 *       from. A file that is another one by then, or by the range's end, is {@code
 *       CHANGED_DURING_READ}.
 *   <li><b>Shapes and types are held once</b>, however many tensors have them: a hostile header can
 *       list a quarter million.
 *   <li><b>Big-endian files are not supported.</b> No tool publishes them; their header says so.
 * </ul>
 */
package dev.weighmaster.tensor;
