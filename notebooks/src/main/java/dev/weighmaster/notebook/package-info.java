/**
 * What the notebooks in {@code notebooks/} need beside libraries: the audit table, and how its rows
 * are shown.
 */
package dev.weighmaster.notebook;
