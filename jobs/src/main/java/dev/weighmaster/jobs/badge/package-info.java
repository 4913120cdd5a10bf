/** What a consumer sees beside a quantization. Nothing here that makes a badge needs Spark. */
package dev.weighmaster.jobs.badge;
