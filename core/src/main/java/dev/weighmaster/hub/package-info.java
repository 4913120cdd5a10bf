/**
 * What a hub holds, before any weights are read: its repositories and files as a listing shows
 * them, the kind that a file's name says, and readers of the small files that stand beside weights
 * (model cards, configurations, pointer files).
 *
 * <p>Nothing here knows a digest. What needs both the listing and what the files hold is in {@code
 * dev.weighmaster.quantization}.
 */
package dev.weighmaster.hub;
