/**
 * The command line, a class a command.
 *
 * <p>A command's class holds its options and names nothing of Spark in a field or a method's
 * signature: {@code --help} and the commands that do without Spark run with the jar alone.
 */
package dev.weighmaster.jobs.cli;
