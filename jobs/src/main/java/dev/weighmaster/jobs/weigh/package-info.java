/**
 * One weighing from addresses to what is shown of it, without Spark; see {@code
 * dev.weighmaster.weigh} for the comparison itself.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>An address names one model or none.</b> A folder stands for the only quantization in it,
 *       or for the only full-precision model, and never for one of several.
 *   <li><b>What a header names is looked for in its own folder.</b> The folder's listing decides
 *       what is there; no path of a header is opened.
 *   <li><b>Only what is kept has digests.</b> SHA-256 takes a file's bytes in order, and tensors
 *       are read in parallel: for the JSON and the page each file is read once more, as the version
 *       that is weighed. The text has none, unless an attestation claims something.
 *   <li><b>Memory does not depend on the model.</b> Threads share a budget of weights; a tensor
 *       with long rows takes more of it.
 * </ul>
 */
package dev.weighmaster.jobs.weigh;
