package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.QuantizationDetails;
import dev.weighmaster.attest.QuantizationDetails.Calibration;
import dev.weighmaster.attest.QuantizationDetails.Parameter;
import dev.weighmaster.digest.Sha256Hex;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** The options of {@code attest} on how a quantization was made. */
final class DetailsOption {
  private static final int BUFFER = 1 << 20;

  /** In a bundle, with everything around it, so much still fits what an audit reads of one. */
  private static final int MAX_ERROR_BOUNDS_BYTES = 12 << 20;

  @Option(
      names = "--parameter",
      paramLabel = "NAME=VALUE",
      description = "A setting of the method; may be given several times.")
  private List<String> parameters = List.of();

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "What the method was calibrated with, such as an importance matrix.")
  private Optional<Path> calibration = Optional.empty();

  @Option(
      names = "--error-bounds",
      paramLabel = "FILE",
      description =
          "The error of each tensor: a JSON array of {\"tensor\", \"type\", \"maxAbsError\","
              + " \"rmse\"}, and \"relativeRmse\" if you like.")
  private Optional<Path> errorBounds = Optional.empty();

  @Option(
      names = "--measure",
      description =
          "Measure the error of each tensor, and attest it: decodes all weights of FILE and of the"
              + " source, which must be the GGUF that was quantized, or the model's safetensors.")
  private boolean measure;

  @Option(names = "--tool-uri", paramLabel = "URI", description = "Where the tool comes from.")
  private Optional<String> toolUri = Optional.empty();

  @Option(
      names = "--tool-file",
      paramLabel = "FILE",
      description = "The tool's executable, to be named by its digest.")
  private Optional<Path> toolFile = Optional.empty();

  /**
   * Whether the error bounds are to be measured.
   *
   * @throws CommandFailure if they are given as well
   */
  boolean measures() {
    if (measure && errorBounds.isPresent()) {
      throw CommandFailure.of(
          ExitCode.USAGE, "--measure finds the error bounds itself; leave out --error-bounds");
    }
    return measure;
  }

  /**
   * Reads the files that are named.
   *
   * @param measured error bounds, instead of those in a file
   * @throws CommandFailure if one can't be read, or something makes no sense
   */
  QuantizationDetails read(List<ErrorBound> measured) throws IOException {
    return new QuantizationDetails(
        toolUri,
        toolFile.isPresent() ? Optional.of(sha256(toolFile.get())) : Optional.empty(),
        parameters(),
        calibration.isPresent()
            ? Optional.of(
                new Calibration(
                    calibration.get().getFileName().toString(), sha256(calibration.get())))
            : Optional.empty(),
        errorBounds.isPresent() ? errorBounds(errorBounds.get()) : measured);
  }

  private List<Parameter> parameters() {
    List<Parameter> named = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String parameter : parameters) {
      int end = parameter.indexOf('=');
      if (end <= 0) {
        throw CommandFailure.of(
            ExitCode.USAGE, "--parameter must be like group_size=128, not '" + parameter + "'");
      }
      String name = parameter.substring(0, end);
      if (!names.add(name)) {
        throw CommandFailure.of(ExitCode.USAGE, "--parameter names " + name + " twice");
      }
      named.add(new Parameter(name, parameter.substring(end + 1)));
    }
    return named;
  }

  private static List<ErrorBound> errorBounds(Path file) throws IOException {
    mustBeFile(file);
    if (Files.size(file) > MAX_ERROR_BOUNDS_BYTES) {
      throw CommandFailure.error(
          file + " is larger than an attestation can hold, " + MAX_ERROR_BOUNDS_BYTES + " bytes");
    }
    try {
      return ErrorBound.parse(Files.readAllBytes(file));
    } catch (MalformedStatementException e) {
      throw CommandFailure.error(file + " is not a list of error bounds: " + e.getMessage());
    }
  }

  private static String sha256(Path file) throws IOException {
    mustBeFile(file);
    MessageDigest digest = Sha256Hex.newDigest();
    byte[] buffer = new byte[BUFFER];
    try (InputStream content = Files.newInputStream(file)) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void mustBeFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.error(file + ": no such file");
    }
  }
}
