/** Readers of the reports that an audit can take instead of listing a hub. */
package dev.weighmaster.jobs.inventory;
