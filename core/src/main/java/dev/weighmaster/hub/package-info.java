/** Repositories, file kinds, layouts, model cards, and the discovery of quantizations. */
package dev.weighmaster.hub;
