/**
 * The command line, a class a command.
 *
 * <p>A command's class holds its options and names nothing of Spark in a field or a method's
 * signature, because picocli loads the types of all of them: {@code --help} and the commands that
 * do without Spark run with the jar alone.
 *
 * <p>{@code Main} knows the commands, and they do not know it: what they share is in classes of its
 * own, such as {@code ExitCode}, {@code CommandFailure} and the options that several have.
 */
package dev.weighmaster.jobs.cli;
