package dev.weighmaster.chain;

import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.Optional;

/**
 * A statement by itself, with all of its subjects compared with the files of its repository.
 *
 * @param mismatch why a subject is not here as the statement says; empty where all are, or where
 *     the statement could not be read
 */
public record HeldStatement(CheckedStatement statement, Optional<Problem> mismatch) {}
