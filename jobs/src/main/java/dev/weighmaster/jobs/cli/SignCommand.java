package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.sign.StatementSigner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster sign}: makes a model signature. */
@Command(
    name = "sign",
    description = {
      "Signs a model: an OpenSSF Model Signing (OMS 1.0) signature over the digest of every file.",
      "The signature of a folder is written to DIR/model.sig, where an audit and the reference"
          + " implementation look for it. The signature of a single file is written to FILE.sig and"
          + " covers only that file; the reference implementation verifies it over the file's"
          + " folder, with --ignore-unsigned-files.",
      "Existing signatures and attestations are not signed but recorded as ignored. A signature of"
          + " the same name is replaced."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {"0:signed", "3:the model could not be signed", "64:usage error"},
    footerHeading = SignerOption.ENVIRONMENT + HelpHeading.EXAMPLES,
    footer = {
      "  openssl ecparam -name prime256v1 -genkey -noout -out acme.pem",
      "  weighmaster sign hub/acme/base-7b --key acme.pem",
      "A trust policy names the public half:",
      "  openssl pkey -in acme.pem -pubout -out acme.pub.pem",
      "By an identity, such as a GitHub Actions workflow's:",
      "  weighmaster sign hub/acme/base-7b --keyless"
    })
final class SignCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private SignerOption by;
  @Mixin private SerializationOptions options;

  @Parameters(paramLabel = "DIR|FILE", description = "The model's folder, or its only file.")
  private Path model;

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(model)) {
      throw CommandFailure.error(model + ": no such file or folder");
    }
    boolean folder = Files.isDirectory(model);
    if (!folder && isSidecar(model.getFileName().toString())) {
      throw CommandFailure.error(model + " is itself a signature or attestation");
    }
    StatementSigner signer = by.signer();
    by.mustLieOutside(model);
    String name = String.valueOf(model.toAbsolutePath().normalize().getFileName());
    Path signature = folder ? model.resolve("model.sig") : model.resolveSibling(name + ".sig");
    ModelManifest manifest =
        ModelSigner.enumerate(
            model, Optional.of(signature), SignCommand::isSidecar, options.serialization());
    boolean replaced = Files.exists(signature);
    Sidecar written = Sidecar.write(signature, signer, ModelSigner.statement(name, manifest));

    long files = manifest.resources().stream().map(Resource::path).distinct().count();
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        () ->
            written.json(
                new Shown(name, files, manifest.rootDigest(), signature.toString(), replaced)),
        () -> {
          out.println(
              "signed " + PlainText.line(name) + ", " + files + (files == 1 ? " file" : " files"));
          out.println("  root digest  sha256:" + manifest.rootDigest());
          written.print(out);
          out.println(
              "  signature    "
                  + PlainText.line(signature.toString())
                  + (replaced ? " (replaced)" : ""));
        });
    return 0;
  }

  /** What {@code --json} prints, before who signed. */
  private record Shown(
      String model, long files, String rootDigest, String signature, boolean replaced) {}

  private static boolean isSidecar(String name) {
    return FileKind.of(name) == FileKind.SIDECAR;
  }
}
