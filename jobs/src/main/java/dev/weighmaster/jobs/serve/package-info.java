/** The service that a hub calls when a repository was uploaded or changed. */
package dev.weighmaster.jobs.serve;
