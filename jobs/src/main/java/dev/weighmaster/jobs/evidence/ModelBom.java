package dev.weighmaster.jobs.evidence;

import dev.weighmaster.attest.ModelUri;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.chain.FileDigest;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.text.PlainText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.cyclonedx.exception.GeneratorException;
import org.cyclonedx.generators.BomGeneratorFactory;
import org.cyclonedx.model.Ancestors;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.ExternalReference;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.Metadata;
import org.cyclonedx.model.Pedigree;
import org.cyclonedx.model.Property;
import org.cyclonedx.model.component.ModelCard;
import org.cyclonedx.model.component.modelCard.ModelParameters;
import org.cyclonedx.model.metadata.ToolInformation;

/**
 * The CycloneDX 1.6 ML-BOM of a repository: a component of the type machine-learning-model for each
 * quantization of a run, whatever its verdict, with its files, its source as an ancestor, and its
 * statements by digest. What the audit found is in properties that begin with {@code weighmaster:}.
 */
public final class ModelBom {
  private static final String NAMESPACE = "weighmaster:";

  private final RunRow run;

  private ModelBom(RunRow run) {
    this.run = run;
  }

  /**
   * The BOM as JSON. The same run gives the same text.
   *
   * @param date only runs of this date; else the newest
   * @throws IOException if there is no such run, it is not as it was written, or it does not have
   *     the repository, with a message for the person who asked
   */
  public static String of(AuditTable table, Optional<LocalDate> date, String repository)
      throws IOException {
    AuditedRun run = AuditedRun.newest(table, date);
    RunSigning.whole(table, run.row().runId());
    List<AuditedQuantization> found = new ArrayList<>();
    new AuditedQuantizations(run).of(Optional.of(repository)).forEach(found::add);
    found.sort(
        Comparator.comparing((AuditedQuantization each) -> each.row().revision())
            .thenComparing(each -> each.row().quantization()));
    if (found.isEmpty()) {
      throw new IOException(
          "the run %s has no quantization of %s".formatted(run.row().runId(), repository));
    }
    return new ModelBom(run.row()).json(repository, found);
  }

  private String json(String repository, List<AuditedQuantization> quantizations) {
    Bom bom = new Bom();
    bom.setSerialNumber(
        "urn:uuid:"
            + UUID.nameUUIDFromBytes(
                (run.runId() + "\n" + repository).getBytes(StandardCharsets.UTF_8)));
    bom.setVersion(1);
    bom.setMetadata(metadata(repository));
    bom.setComponents(quantizations.stream().map(ModelBom::component).toList());
    try {
      return PlainText.json(BomGeneratorFactory.createJson(Version.VERSION_16, bom).toJsonString());
    } catch (GeneratorException e) {
      throw new IllegalStateException("a BOM of texts is always JSON", e);
    }
  }

  private Metadata metadata(String repository) {
    Metadata metadata = new Metadata();
    metadata.setTimestamp(Date.from(run.finishedAt()));
    Component weighmaster = new Component();
    weighmaster.setType(Component.Type.APPLICATION);
    weighmaster.setName("weighmaster");
    weighmaster.setVersion(run.version());
    ToolInformation tools = new ToolInformation();
    tools.setComponents(List.of(weighmaster));
    metadata.setToolChoice(tools);
    Component model = new Component();
    model.setType(Component.Type.MACHINE_LEARNING_MODEL);
    model.setName(repository);
    model.setBomRef("repository");
    metadata.setComponent(model);
    metadata.setProperties(
        List.of(
            property("run", run.runId()),
            property("audit-date", run.auditDate().toString()),
            property("policy:sha256", run.policyDigest())));
    return metadata;
  }

  private static Component component(AuditedQuantization audited) {
    AuditRow row = audited.row();
    Component component = new Component();
    component.setType(Component.Type.MACHINE_LEARNING_MODEL);
    component.setBomRef(row.revision() + "/" + row.quantization() + "/" + row.format());
    component.setName(row.repository() + "/" + row.quantization());
    if (!row.revision().isEmpty()) {
      component.setVersion(row.revision());
    }
    component.setPurl(RunSummaries.resource(row));
    component.setDescription(row.badge());
    // Of several files there is no digest that stands for all by anybody's rule but OMS's.
    if (audited.files().size() == 1) {
      component.setHashes(List.of(sha256(audited.files().get(0).sha256())));
    }
    component.setComponents(audited.files().stream().map(file -> file(component, file)).toList());
    component.setPedigree(pedigree(row));
    List<ExternalReference> references = row.chain().stream().flatMap(ModelBom::reference).toList();
    if (!references.isEmpty()) {
      component.setExternalReferences(references);
    }
    audited.architecture().ifPresent(name -> component.setModelCard(card(name)));
    component.setProperties(properties(audited));
    return component;
  }

  private static Component file(Component of, FileDigest digest) {
    Component file = new Component();
    file.setType(Component.Type.FILE);
    file.setBomRef(of.getBomRef() + "#" + digest.name());
    file.setName(digest.name());
    file.setHashes(List.of(sha256(digest.sha256())));
    return file;
  }

  private static Hash sha256(String digest) {
    return new Hash(Hash.Algorithm.SHA_256, digest);
  }

  /** The sources that the links of the deciding chain name, the nearest first. */
  private static Pedigree pedigree(AuditRow row) {
    Map<String, Component> sources = new LinkedHashMap<>();
    row.sourceModel().ifPresent(model -> sources.put(model, source(model)));
    for (LinkRow link : row.chain().stream().limit(Math.max(0, row.chainDepth())).toList()) {
      link.sourceModel()
          .ifPresent(
              model -> {
                Component source = sources.computeIfAbsent(model, ModelBom::source);
                link.sourceDigest().ifPresent(digest -> source.setHashes(List.of(sha256(digest))));
              });
    }
    if (sources.isEmpty()) {
      return null;
    }
    Pedigree pedigree = new Pedigree();
    Ancestors ancestors = new Ancestors();
    ancestors.setComponents(new ArrayList<>(sources.values()));
    pedigree.setAncestors(ancestors);
    pedigree.setNotes(
        "As the statements of the chain say it; a sha256 is that of a file, or a model's OMS root"
            + " digest. "
            + row.verdict()
            + ": "
            + row.detail());
    return pedigree;
  }

  private static Component source(String model) {
    Component source = new Component();
    source.setType(Component.Type.MACHINE_LEARNING_MODEL);
    source.setName(model);
    source.setPurl(new ModelUri(model, Optional.empty()).text());
    return source;
  }

  private static Stream<ExternalReference> reference(LinkRow link) {
    return link.statementDigest().stream()
        .map(
            digest -> {
              ExternalReference reference = new ExternalReference();
              reference.setType(ExternalReference.Type.ATTESTATION);
              // By its digest: where the sidecar lies, the hub says.
              reference.setUrl("urn:sha256:" + digest);
              reference.setHashes(List.of(sha256(digest)));
              reference.setComment(
                  "%s, %s%s"
                      .formatted(
                          link.kind(),
                          link.holds() ? "holds" : "does not hold: " + link.reason(),
                          link.signerIdentity().map(by -> ", signed by " + by).orElse("")));
              return reference;
            });
  }

  private static ModelCard card(String architecture) {
    ModelParameters parameters = new ModelParameters();
    parameters.setModelArchitecture(architecture);
    ModelCard card = new ModelCard();
    card.setModelParameters(parameters);
    return card;
  }

  private static List<Property> properties(AuditedQuantization audited) {
    AuditRow row = audited.row();
    List<Property> properties = new ArrayList<>();
    properties.add(property("verdict", row.verdict().name()));
    properties.add(property("reason", row.reason().name()));
    properties.add(property("detail", row.detail()));
    properties.add(property("format", row.format()));
    row.method().ifPresent(method -> properties.add(property("method", method)));
    row.digest().ifPresent(digest -> properties.add(property("digest:sha256", digest)));
    row.tool().ifPresent(tool -> properties.add(property("tool", tool)));
    row.toolVersion().ifPresent(version -> properties.add(property("tool-version", version)));
    row.sourcePublisher().ifPresent(by -> properties.add(property("source-publisher", by)));
    row.declaredBaseModel().ifPresent(base -> properties.add(property("declared-base", base)));
    row.alsoLoaded()
        .orElse(List.of())
        .forEach(
            extra -> properties.add(property("also-loaded", extra.kind() + " " + extra.file())));
    audited.problem().ifPresent(what -> properties.add(property("inconsistent", what)));
    return properties;
  }

  private static Property property(String name, String value) {
    return new Property(NAMESPACE + name, value);
  }
}
