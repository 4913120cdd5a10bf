package dev.weighmaster.jobs.demo;

import static dev.weighmaster.jobs.demo.TensorEncoding.F16;
import static dev.weighmaster.jobs.demo.TensorEncoding.Q4_0;
import static dev.weighmaster.jobs.demo.TensorEncoding.Q4_1;
import static dev.weighmaster.jobs.demo.TensorEncoding.Q8_0;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.digest.Sha256Hex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes a small hub that has every verdict in it: source models in safetensors, most of them
 * signed, and quantizations of them in GGUF and by GPTQ, most of them attested, some tampered with.
 * The keys are made anew each time; all else is the same but for what they sign.
 */
public final class DemoHub {
  private static final String MARKER = ".weighmaster-demo";
  private static final String HUB = "hub";
  private static final String KEYS = "keys";
  private static final String POLICY = "policy.yaml";
  private static final String AUDIT = "audit";

  /** Its weights are those that its attestation says. */
  private static final String HONEST = "quantco/tiny-base-via-F16-GGUF";

  /** Its weights are not, and its attestation holds all the same. */
  private static final String EDITED = "quantco/edited-weights-GGUF";

  private static final String REVISION = "5f0b02c75b57c5855da9ae460ce51323ea669d8a";
  private static final String SAFETENSORS = "model.safetensors";

  /** Of tensors in a GGUF file, in bytes; padding has fewer. */
  private static final int ALIGNMENT = 32;

  private static final String GPTQ_CONFIG =
      """
      ,
        "quantization_config": {
          "quant_method": "gptq",
          "bits": %d,
          "group_size": %d,
          "desc_act": false,
          "sym": true
        }"""
          .formatted(GptqLayer.BITS, GptqLayer.GROUP);
  private static final Pattern PAYLOAD = Pattern.compile("\"payload\":\"([^\"]+)\"");

  private final Path folder;
  private final DemoParty acme;
  private final DemoParty nordic;
  private final DemoParty newcomer;
  private final DemoParty quantco;
  private final DemoParty stranger;
  private final Map<String, String> stories = new LinkedHashMap<>();

  private DemoHub(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(hub());
    Files.createDirectories(keys());
    acme = DemoParty.create(keys(), "acme", "secp384r1");
    nordic = DemoParty.create(keys(), "nordic", "secp521r1");
    newcomer = DemoParty.create(keys(), "newcomer", "secp256r1");
    quantco = DemoParty.create(keys(), "quantco", "secp256r1");
    stranger = DemoParty.create(keys(), "stranger", "secp256r1");
  }

  /**
   * Makes the hub with its keys and its trust policy. What an earlier demo made there is replaced.
   *
   * @param folder new, empty, or one of an earlier demo
   * @throws IOException if something else is in the folder, or it can't be written
   */
  public static DemoHub create(Path folder) throws IOException {
    clear(folder);
    DemoHub demo = new DemoHub(folder);
    demo.fill();
    return demo;
  }

  /** The root of the hub. */
  public Path hub() {
    return folder.resolve(HUB);
  }

  /** The folder of the keys: {@code name.pem} and {@code name.pub.pem} of each party. */
  public Path keys() {
    return folder.resolve(KEYS);
  }

  public Path policy() {
    return folder.resolve(POLICY);
  }

  /** Where the audit table of this hub is to be. */
  public Path table() {
    return folder.resolve(AUDIT);
  }

  /** What was done to each repository that holds quantizations, in a few words. */
  public Map<String, String> stories() {
    return Map.copyOf(stories);
  }

  /**
   * Two quantizations that are worth weighing against their sources: the first is what it is
   * attested to be, the second is not.
   */
  public List<Weighable> weighables() {
    return Stream.of(HONEST, EDITED)
        .map(
            repository ->
                new Weighable(
                    repository,
                    hub().resolve(repository).resolve(Q4_1.fileName()),
                    hub().resolve(repository).resolve(F16.fileName())))
        .toList();
  }

  /**
   * A quantization beside what it is attested to be made from.
   *
   * @param repository that holds both
   */
  public record Weighable(String repository, Path quantization, Path source) {}

  private void fill() throws IOException {
    DemoRepository base = sharded("acme/tiny-base").signedBy(acme);
    DemoRepository chat = source("acme/tiny-chat");
    chat.put(SAFETENSORS, new TinyModel(chat.name()).safetensors()).signedBy(acme);
    fillVerified(base, chat);
    fillUnverified(base);
    fillBrokenEvidence(base);
    fillBrokenSources(base, chat);
    fillBrokenWeights(base);
    DemoRepository revoked =
        quantized("quantco/revoked-GGUF", "its digest is on the policy's list", base, Q4_0)
            .attestedBy(quantco, base, Q4_0);
    writePolicy(revoked.sha256(Q4_0.fileName()));
  }

  private void fillVerified(DemoRepository base, DemoRepository chat) throws IOException {
    quantized("quantco/tiny-base-GGUF", "quantized straight from the source", base, Q8_0, Q4_0)
        .attestedBy(quantco, base, Q8_0)
        .attestedBy(quantco, base, Q4_0);

    inTwoSteps(quantized(HONEST, "converted to F16, then quantized", base, Q4_1), base);

    DemoRepository edited = repository(EDITED, "signed, but one matrix was edited in between");
    inTwoSteps(
        edited.card(base.name()).gguf(base, new TinyModel(base.name()).edited(), Q4_1), base);

    repository("quantco/tiny-chat-GPTQ", "quantized by GPTQ")
        .card(chat.name())
        .put("config.json", TinyModel.config(GPTQ_CONFIG))
        .put(SAFETENSORS, new TinyModel(chat.name()).gptq())
        .attestedBy(quantco, chat, "GPTQ", SAFETENSORS);

    DemoRepository saga =
        describe(DemoRepository.cached(hub(), "nordic/tiny-saga", REVISION))
            .put(new TinyModel("nordic/tiny-saga").shards())
            .signedBy(nordic);
    stories.put("nordic/tiny-saga-GGUF", "in the layout of Hugging Face's cache");
    DemoRepository.cached(hub(), "nordic/tiny-saga-GGUF", REVISION)
        .card(saga.name())
        .gguf(saga, Q8_0)
        .attestedBy(nordic, saga, Q8_0);
  }

  /** Attests that the Q4_1 file comes from an F16 file, and that from the source. */
  private void inTwoSteps(DemoRepository quantized, DemoRepository base) throws IOException {
    String f16 = F16.fileName();
    quantized
        .gguf(base, F16)
        .put(f16 + ".conversion.sigstore.json", quantco.signer().sign(conversion(base, quantized)))
        .attestedBy(quantco, base, quantized.sha256(f16), Q4_1);
  }

  private void fillUnverified(DemoRepository base) throws IOException {
    quantized("quantco/not-attested-GGUF", "nobody says where it comes from", base, Q8_0);

    quantized("stranger/tiny-base-GGUF", "attested by an unknown signer", base, Q8_0)
        .attestedBy(stranger, base, Q8_0);

    DemoRepository first = sharded("newcomer/tiny-first").signedBy(newcomer);
    quantized("quantco/tiny-first-GGUF", "its source's publisher is not trusted", first, Q8_0)
        .attestedBy(quantco, first, Q8_0);

    DemoRepository packed =
        quantized("packer/tiny-base-GGUF", "its derivation statement is not signed", base, Q4_0);
    packed.gguf(base, F16);
    packed.put(Q4_0.fileName() + ".derivation.json", derivation(base, packed));
  }

  private void fillBrokenEvidence(DemoRepository base) throws IOException {
    DemoRepository tampered =
        quantized("quantco/tampered-GGUF", "a weight was changed after attesting", base, Q8_0)
            .attestedBy(quantco, base, Q8_0);
    byte[] weights = tampered.read(Q8_0.fileName());
    // The last bytes of the file are padding.
    weights[weights.length - ALIGNMENT] ^= 1;
    tampered.put(Q8_0.fileName(), weights);

    DemoRepository edited =
        quantized("quantco/edited-attestation-GGUF", "signature of another statement", base, Q8_0)
            .attestedBy(quantco, base, Q8_0);
    String attestation = DemoRepository.attestationOf(Q8_0.fileName());
    String honest = new String(edited.read(attestation), StandardCharsets.UTF_8);
    String other =
        new String(
            edited.attestedBy(quantco, base, "Q4_0", Q8_0.fileName()).read(attestation),
            StandardCharsets.UTF_8);
    edited.put(attestation, honest.replace(payload(honest), payload(other)));

    DemoRepository cut =
        quantized("quantco/cut-attestation-GGUF", "half of its attestation is lost", base, Q8_0)
            .attestedBy(quantco, base, Q8_0);
    byte[] bundle = cut.read(attestation);
    cut.put(attestation, Arrays.copyOf(bundle, bundle.length / 2));

    quantized("quantco/other-method-GGUF", "attested as Q8_0, but it is Q4_0", base, Q4_0)
        .attestedBy(quantco, base, "Q8_0", Q4_0.fileName());

    quantized("quantco/other-card-GGUF", "its model card names another source", base, Q8_0)
        .card("nordic/tiny-saga")
        .attestedBy(quantco, base, Q8_0);

    String split = "quantco/half-attested-GGUF";
    SortedMap<String, byte[]> parts =
        new TinyModel(base.name()).splitGguf(split, base.name(), Q8_0);
    repository(split, "one of its two parts is not attested")
        .card(base.name())
        .put(parts)
        .attestedBy(quantco, base, Q8_0.name(), parts.firstKey());

    DemoRepository circular =
        quantized("quantco/circular-GGUF", "each is attested to come from the other", base, Q8_0);
    circular
        .gguf(base, Q4_0)
        .attestedBy(quantco, circular, circular.sha256(Q4_0.fileName()), Q8_0)
        .attestedBy(quantco, circular, circular.sha256(Q8_0.fileName()), Q4_0);
  }

  private void fillBrokenSources(DemoRepository base, DemoRepository chat) throws IOException {
    DemoRepository changed = sharded("acme/tiny-math").signedBy(acme);
    quantized("quantco/tiny-math-GGUF", "its source was changed after signing", changed, Q8_0)
        .attestedBy(quantco, changed, Q8_0);
    changed.put(new TinyModel("other weights").shards());

    DemoRepository grown = sharded("acme/tiny-code").signedBy(acme);
    quantized("quantco/tiny-code-GGUF", "its source grew a file after signing", grown, Q8_0)
        .attestedBy(quantco, grown, Q8_0);
    grown.put("modeling_tiny.py", "print('not what acme has signed')\n");

    DemoRepository unsigned = sharded("hobbyist/tiny-merge");
    quantized("quantco/tiny-merge-GGUF", "its source is not signed", unsigned, Q8_0)
        .attestedBy(quantco, unsigned, Q8_0);

    DemoRepository withdrawn = sharded("acme/tiny-withdrawn").signedBy(acme);
    quantized("quantco/tiny-withdrawn-GGUF", "its source is gone", withdrawn, Q8_0)
        .attestedBy(quantco, withdrawn, Q8_0);
    delete(withdrawn.folder());

    DemoRepository passedOff =
        quantized("quantco/passed-off-GGUF", "attested with another model's digest", base, Q8_0);
    passedOff.attestedBy(quantco, base, chat.rootDigest(), Q8_0);
  }

  private void fillBrokenWeights(DemoRepository base) throws IOException {
    DemoRepository cut =
        quantized("quantco/cut-weights-GGUF", "its file ends too early", base, Q8_0);
    byte[] weights = cut.read(Q8_0.fileName());
    cut.put(Q8_0.fileName(), Arrays.copyOf(weights, weights.length / 2))
        .attestedBy(quantco, base, Q8_0);

    DemoRepository pointer =
        quantized("quantco/not-fetched-GGUF", "only a Git LFS pointer is here", base, Q8_0);
    byte[] fetched = pointer.read(Q8_0.fileName());
    pointer
        .attestedBy(quantco, base, Q8_0)
        .put(
            Q8_0.fileName(),
            "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"
                .formatted(Sha256Hex.of(fetched), fetched.length));
  }

  private DemoRepository source(String name) throws IOException {
    return describe(DemoRepository.plain(hub(), name));
  }

  private DemoRepository sharded(String name) throws IOException {
    return source(name).put(new TinyModel(name).shards());
  }

  private static DemoRepository describe(DemoRepository source) throws IOException {
    return source
        .put(
            "README.md",
            "---\nlicense: apache-2.0\n---\n# %s\nTwo layers of random weights.\n"
                .formatted(source.name()))
        .put("config.json", TinyModel.config(""))
        .put("tokenizer_config.json", TinyModel.tokenizerConfig());
  }

  private DemoRepository repository(String name, String story) throws IOException {
    stories.put(name, story);
    return DemoRepository.plain(hub(), name);
  }

  private DemoRepository quantized(
      String name, String story, DemoRepository source, TensorEncoding... encodings)
      throws IOException {
    DemoRepository repository = repository(name, story).card(source.name());
    for (TensorEncoding encoding : encodings) {
      repository.gguf(source, encoding);
    }
    return repository;
  }

  private static String payload(String bundle) {
    Matcher payload = PAYLOAD.matcher(bundle);
    if (!payload.find()) {
      throw new IllegalStateException("a bundle without a payload");
    }
    return payload.group(1);
  }

  /** ggufpacker's statement of a conversion, which names the source by all of its files. */
  private static byte[] conversion(DemoRepository source, DemoRepository made) throws IOException {
    String files =
        source.manifest().resources().stream()
            .map(
                file ->
                    "{ \"name\": \"%s\", \"digest\": { \"sha256\": \"%s\" } }"
                        .formatted(file.path(), file.digest()))
            .collect(Collectors.joining(", "));
    return ggufpacker(
        PredicateTypes.GGUF_CONVERSION,
        F16.fileName(),
        made.sha256(F16.fileName()),
        """
        "source": { "directoryName": "%s", "uri": "pkg:huggingface/%s", "files": [%s] },
            "recipe": { "outputType": "f16" }"""
            .formatted(
                source.name().substring(source.name().indexOf('/') + 1), source.name(), files));
  }

  /** ggufpacker's statement of a quantization, which names the conversion beside it. */
  private static byte[] derivation(DemoRepository source, DemoRepository made) throws IOException {
    return ggufpacker(
        PredicateTypes.GGUF_DERIVATION,
        Q4_0.fileName(),
        made.sha256(Q4_0.fileName()),
        """
        "baseModel": {
              "uri": "pkg:huggingface/%s", "digest": { "sha256": "%s" }
            },
            "recipe": { "quantType": "Q4_0", "outputFormat": "gguf" }"""
            .formatted(source.name(), made.sha256(F16.fileName())));
  }

  private static byte[] ggufpacker(
      String predicateType, String file, String sha256, String sourceAndRecipe) {
    return """
        {
          "_type": "%s",
          "subject": [{ "name": "%s", "digest": { "sha256": "%s" } }],
          "predicateType": "%s",
          "predicate": {
            %s,
            "builder": { "tool": "ggufpacker" },
            "reproducibility": { "reDerivedDigest": { "sha256": "%s" } }
          }
        }
        """
        .formatted(
            StatementReader.STATEMENT_TYPE, file, sha256, predicateType, sourceAndRecipe, sha256)
        .getBytes(StandardCharsets.UTF_8);
  }

  private void writePolicy(String revokedSha256) throws IOException {
    Files.writeString(
        policy(),
        """
        # Who the demo's audit trusts. The stranger is not even known here, and the newcomer's
        # signatures can be checked but do not count.
        version: 1
        trust_roots:
          - name: acme
            public_key: keys/acme.pub.pem
          - name: nordic
            public_key: keys/nordic.pub.pem
          - name: newcomer
            public_key: keys/newcomer.pub.pem
          - name: quantco
            public_key: keys/quantco.pub.pem
        publishers:
          - models: "acme/*"
            signers:
              - key: acme
          - models: "nordic/*"
            signers:
              - key: nordic
        quantizers:
          - repositories: "quantco/*"
            signers:
              - key: quantco
          - repositories: "nordic/*-GGUF"
            signers:
              - key: nordic
        revoked:
          digests:
            - %s # quantco/revoked-GGUF
        """
            .formatted(revokedSha256));
  }

  private static void clear(Path folder) throws IOException {
    if (Files.exists(folder.resolve(MARKER))) {
      for (String made : List.of(HUB, KEYS, POLICY, AUDIT)) {
        delete(folder.resolve(made));
      }
      return;
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FileSystemException(folder.toString(), null, "is not a folder");
    }
    Files.createDirectories(folder);
    try (Stream<Path> inside = Files.list(folder)) {
      if (inside.findAny().isPresent()) {
        throw new FileSystemException(
            folder.toString(), null, "is not empty, and no earlier demo: name another folder");
      }
    }
    Files.createFile(folder.resolve(MARKER));
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> inside = Files.list(path)) {
        for (Path child : inside.toList()) {
          delete(child);
        }
      }
    }
    Files.deleteIfExists(path);
  }
}
