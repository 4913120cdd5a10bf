/** What a consumer sees beside a quantization. */
package dev.weighmaster.jobs.badge;
