/** A small hub that has every verdict in it, made of real files, keys and signatures. */
package dev.weighmaster.jobs.demo;
