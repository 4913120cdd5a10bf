package dev.weighmaster.digest;

import java.util.Optional;

/**
 * A scanned file with its bytes.
 *
 * @param content what was hashed; empty where the file could not be read, or is longer than {@link
 *     FileScanner#MAX_CAPTURED}
 */
public record CapturedFile(ScannedFile file, Optional<byte[]> content) {}
