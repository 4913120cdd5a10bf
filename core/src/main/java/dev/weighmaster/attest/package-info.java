/** Statements and predicates. */
package dev.weighmaster.attest;
