/** The verdict on one repository, worked out in this process. */
package dev.weighmaster.jobs.verify;
