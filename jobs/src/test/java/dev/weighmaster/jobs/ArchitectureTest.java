package dev.weighmaster.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasAnnotations;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.weighmaster.jobs.cli.Main;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What may know of what, as docs/architecture.md has it. Exceptions are listed whole: one that is
 * no longer needed fails its test, too, so that the lists can only become shorter.
 */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(
              location -> !location.contains("/test-classes/") && !location.contains("-tests.jar"))
          .importPackages("dev.weighmaster");

  private static final JavaClasses JOBS = ALL.that(resideInAPackage("dev.weighmaster.jobs.."));
  private static final JavaClasses CORE = ALL.that(not(resideInAPackage("dev.weighmaster.jobs..")));

  /** The packages of core, and what each knows of the others. */
  private static final Map<String, Set<String>> CORE_KNOWS =
      Map.ofEntries(
          Map.entry("verdict", Set.of()),
          Map.entry("io", Set.of("verdict")),
          Map.entry("json", Set.of("verdict")),
          Map.entry("format", Set.of("io")),
          Map.entry("format.gguf", Set.of("io", "format")),
          Map.entry("format.safetensors", Set.of("io", "format")),
          Map.entry("hub", Set.of("verdict", "io", "format", "format.gguf", "format.safetensors")),
          Map.entry("digest", Set.of("verdict", "io", "format", "format.safetensors", "hub")),
          Map.entry(
              "quantization",
              Set.of(
                  "verdict", "io", "format", "format.gguf", "format.safetensors", "hub", "digest")),
          Map.entry(
              "tensor",
              Set.of(
                  "verdict", "io", "format", "format.gguf", "format.safetensors", "quantization")),
          Map.entry("imatrix", Set.of("verdict", "io", "format", "format.gguf", "tensor")),
          Map.entry("ggml", Set.of("format.gguf")),
          Map.entry(
              "conversion",
              Set.of(
                  "verdict",
                  "io",
                  "format",
                  "format.gguf",
                  "format.safetensors",
                  "tensor",
                  "ggml")),
          Map.entry("gptq", Set.of()),
          Map.entry(
              "packing",
              Set.of(
                  "verdict", "io", "json", "format.gguf", "format.safetensors", "tensor", "ggml")),
          Map.entry("attest", Set.of("verdict", "json", "digest")),
          Map.entry(
              "weigh",
              Set.of("verdict", "io", "format.gguf", "tensor", "imatrix", "ggml", "attest")),
          Map.entry(
              "weigh.packed",
              Set.of(
                  "verdict",
                  "io",
                  "format.gguf",
                  "format.safetensors",
                  "tensor",
                  "ggml",
                  "gptq",
                  "packing",
                  "weigh")),
          Map.entry("trust", Set.of("verdict", "io", "format", "hub", "digest", "attest")),
          Map.entry(
              "signature", Set.of("verdict", "io", "json", "hub", "digest", "attest", "trust")),
          Map.entry(
              "sign",
              Set.of("verdict", "io", "json", "hub", "digest", "attest", "trust", "signature")),
          Map.entry(
              "chain",
              Set.of(
                  "verdict",
                  "io",
                  "json",
                  "format",
                  "format.gguf",
                  "hub",
                  "digest",
                  "quantization",
                  "attest",
                  "trust",
                  "signature")),
          Map.entry(
              "audit",
              Set.of(
                  "verdict",
                  "io",
                  "hub",
                  "digest",
                  "quantization",
                  "tensor",
                  "conversion",
                  "attest",
                  "weigh",
                  "trust",
                  "signature",
                  "chain")));

  /** The packages of jobs, and what each knows of the others; cli is above them all. */
  private static final Map<String, Set<String>> JOBS_KNOWS =
      Map.ofEntries(
          Map.entry("text", Set.of()),
          Map.entry("page", Set.of("text")),
          Map.entry("filelist", Set.of()),
          Map.entry("verify", Set.of()),
          Map.entry("demo", Set.of()),
          Map.entry("spark", Set.of()),
          Map.entry("table", Set.of("spark")),
          Map.entry("stage", Set.of("spark", "table", "filelist")),
          Map.entry("jobs", Set.of("spark", "table", "stage")),
          Map.entry("evidence", Set.of("spark", "table", "text")),
          Map.entry("badge", Set.of("table", "page")),
          Map.entry("report", Set.of("table", "page", "text")),
          Map.entry("weigh", Set.of("page", "text")),
          Map.entry("serve", Set.of("verify", "badge", "text")));

  private static final String[] MAY_KNOW_SPARK = {
    "dev.weighmaster.jobs",
    "dev.weighmaster.jobs.spark",
    "dev.weighmaster.jobs.table",
    "dev.weighmaster.jobs.stage",
    "dev.weighmaster.jobs.cli"
  };

  private static final String SIGN = "dev.weighmaster.sign";

  private static final DescribedPredicate<JavaClass> SPARK = resideInAPackage("org.apache.spark..");

  private static final DescribedPredicate<JavaClass> KNOWS_SPARK =
      describe("know of Spark", type -> knows(type, SPARK));

  private static final Pattern SIGSTORE_CLIENTS =
      Pattern.compile(
          "dev\\.sigstore\\.(KeylessSigner.*|http\\.HttpClients|oidc\\.client\\..*|tuf\\..*"
              + "|(fulcio|rekor|rekor\\.v2|timestamp)\\.client\\.\\w*Client(Http|Grpc)?(\\$.*)?)");

  private static final Pattern NO_WORD = Pattern.compile("\\W+");

  private static final Pattern NO_CODE =
      Pattern.compile(
          "(?s)/\\*.*?\\*/|//[^\n]*|\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\])*\"|'(\\\\.|[^'\\\\])'");

  private static final Pattern CONNECTIONS =
      Pattern.compile(
          "java\\.net\\.(\\w*Socket|HttpURLConnection)|java\\.nio\\.channels\\.\\w*SocketChannel"
              + "|javax\\.net\\..*|io\\.grpc\\..*|com\\.google\\.api\\.client\\..*"
              + "|org\\.apache\\.http\\..*|org\\.eclipse\\.jetty\\.client\\..*");

  @Test
  void aPackageOfCoreKnowsThoseBelowItAlone() {
    layers(CORE_KNOWS, CORE).ensureAllClassesAreContainedInArchitecture().check(CORE);
  }

  @Test
  void aPackageOfJobsKnowsThoseBelowItAlone() {
    layers(JOBS_KNOWS, JOBS)
        .layer("cli")
        .definedBy(resideInAPackage("dev.weighmaster.jobs.cli"))
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .ensureAllClassesAreContainedInArchitecture()
        .check(JOBS);
  }

  /** The layers of one module: the other one can have a package of the same name. */
  private static LayeredArchitecture layers(Map<String, Set<String>> known, JavaClasses module) {
    LayeredArchitecture layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String name : known.keySet()) {
      layers =
          layers
              .layer(name)
              .definedBy(
                  describe(
                      name,
                      type -> module.contain(type.getName()) && packageName(type).equals(name)));
    }
    for (Map.Entry<String, Set<String>> each : known.entrySet()) {
      layers =
          each.getValue().isEmpty()
              ? layers.whereLayer(each.getKey()).mayNotAccessAnyLayer()
              : layers
                  .whereLayer(each.getKey())
                  .mayOnlyAccessLayers(each.getValue().toArray(String[]::new));
    }
    return layers;
  }

  @Test
  void noPackageMayKnowAnotherThatItDoesNotNeed() {
    assertThat(known(CORE)).containsExactlyInAnyOrderEntriesOf(CORE_KNOWS);

    Map<String, Set<String>> jobs = known(JOBS);
    jobs.remove("cli");
    assertThat(jobs).containsExactlyInAnyOrderEntriesOf(JOBS_KNOWS);
  }

  /** The packages among these types, and what each knows of the others. */
  private static Map<String, Set<String>> known(JavaClasses types) {
    Map<String, Set<String>> known = new TreeMap<>();
    for (JavaClass type : types) {
      String name = packageName(type);
      Set<String> others = known.computeIfAbsent(name, any -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(target -> types.contain(target.getName()))
          .map(ArchitectureTest::packageName)
          .filter(other -> !other.equals(name))
          .forEach(others::add);
    }
    return known;
  }

  @Test
  void noPackagesOfJobsKnowEachOther() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return SliceIdentifier.of(packageName(type));
              }

              @Override
              public String getDescription() {
                return "packages of jobs";
              }
            })
        .should()
        .beFreeOfCycles()
        .check(JOBS);
  }

  @Test
  void noPackagesOfCoreKnowEachOther() {
    slices().matching("dev.weighmaster.(**)").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void coreKnowsNeitherSparkNorJobs() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.apache.spark..", "scala..", "dev.weighmaster.jobs.."))
        .check(CORE);
  }

  @Test
  void sparkIsKnownToTheAuditAndToWhatWritesItsTableAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(MAY_KNOW_SPARK)
        .should()
        .dependOnClassesThat(SPARK)
        .check(JOBS);

    assertThat(knowing(JOBS.that(resideInAnyPackage("..table", "..cli")), SPARK))
        .containsExactly(
            "jobs.cli.AuditCommand",
            "jobs.cli.AuditViews",
            "jobs.cli.DemoCommand",
            "jobs.cli.DemoVerdicts",
            "jobs.cli.SparkSql",
            "jobs.table.EarlierRun",
            "jobs.table.RowCodec",
            "jobs.table.RunRows",
            "jobs.table.SparkTable");
  }

  @Test
  void whatRunsWithoutSparkKnowsNobodyWhoNeedsIt() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "..serve",
            "..verify",
            "..page..",
            "..text",
            "..demo",
            "..filelist",
            "..table",
            "..evidence",
            "..badge",
            "..report",
            "dev.weighmaster.jobs.weigh")
        .and(not(KNOWS_SPARK))
        .should()
        .dependOnClassesThat(KNOWS_SPARK)
        .check(JOBS);
  }

  /** picocli asks for all fields and methods of a command, and their types are loaded for that. */
  @Test
  void aCommandKnowsSparkInsideItsMethodsAlone() {
    List<Class<?>> commands = new ArrayList<>();
    JOBS.that(describe("picocli looks at", ArchitectureTest::isCommand))
        .forEach(type -> commands.add(type.reflect()));

    assertThat(commands).contains(Main.class);
    assertThat(commands.stream().flatMap(ArchitectureTest::members).map(Object::toString))
        .filteredOn(member -> member.contains("org.apache.spark."))
        .isEmpty();
  }

  /**
   * By the sources: a constant that is taken from another class leaves no trace in the compiled.
   */
  @Test
  void noClassesOfTheCommandLineNameEachOtherInACircle() throws IOException {
    Map<String, Set<String>> named = new TreeMap<>();
    for (Path source : sources("cli")) {
      String name = source.getFileName().toString().replace(".java", "");
      Set<String> words = new TreeSet<>(List.of(NO_WORD.split(code(Files.readString(source)))));
      words.remove(name);
      named.put(name, words);
    }
    assertThat(named).containsKey("Main");

    // Who names nobody that is left is no part of a circle.
    Set<String> left = new TreeSet<>(named.keySet());
    while (left.removeIf(name -> Collections.disjoint(named.get(name), Set.copyOf(left)))) {}

    assertThat(left).isEmpty();
  }

  private static List<Path> sources(String name) throws IOException {
    Path folder =
        Path.of(System.getProperty("weighmaster.root"))
            .resolve("jobs/src/main/java/dev/weighmaster/jobs")
            .resolve(name);
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  /** A source without its comments and texts. */
  private static String code(String source) {
    return NO_CODE.matcher(source).replaceAll(" ");
  }

  @Test
  void onlyWhatMakesSignaturesUsesTheNetwork() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SIGN)
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.net.http..").or(named(SIGSTORE_CLIENTS)).or(named(CONNECTIONS)))
        .check(ALL);

    assertThat(openingUrls()).as("of its own jar").containsExactly("jobs.cli.NamedQueries");
  }

  @Test
  void ofTheNetworkWhatMakesSignaturesUsesHttpAndTheClientsOfSigstoreAlone() {
    JavaClasses sign = CORE.that(resideInAPackage(SIGN));
    assertThat(knowing(sign, resideInAPackage("java.net.http..")))
        .containsExactly("sign.ServiceCall");
    assertThat(knowing(sign, named(SIGSTORE_CLIENTS)))
        .containsExactly("sign.IdentityProviders", "sign.SigstoreSigner", "sign.TufRepository");
    assertThat(knowing(sign, named(CONNECTIONS))).isEmpty();
  }

  @Test
  void onlyTheCommandsThatSignAndTrustRefreshReachTheNetwork() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SIGN)
        .should()
        .dependOnClassesThat(resideInAPackage(SIGN))
        .check(CORE);

    assertThat(knowing(ALL, ours("sign.SigstoreSigner", "sign.IdentityProviders")))
        .containsExactly("jobs.cli.SignerOption");
    assertThat(knowing(ALL, ours("sign.TufRepository")))
        .containsExactly("jobs.cli.SignerOption", "jobs.cli.TrustRefreshCommand");
    assertThat(knowing(ALL, ours("jobs.cli.SignerOption")))
        .containsExactly(
            "jobs.cli.AttestCommand",
            "jobs.cli.SignCommand",
            "jobs.cli.TableSignCommand",
            "jobs.cli.VsaCommand");
  }

  private static DescribedPredicate<JavaClass> named(Pattern names) {
    return describe("named", type -> names.matcher(type.getName()).matches());
  }

  private static DescribedPredicate<JavaClass> ours(String... names) {
    return describe("ours", type -> Set.of(names).contains(outer(type)));
  }

  /** The outermost classes among these that know one of those, from the package below ours on. */
  private static Set<String> knowing(JavaClasses types, Predicate<? super JavaClass> known) {
    Set<String> names = new TreeSet<>();
    types.stream().filter(type -> knows(type, known)).forEach(type -> names.add(outer(type)));
    return names;
  }

  /** The outermost classes that open what a URL names. */
  private static Set<String> openingUrls() {
    Set<String> names = new TreeSet<>();
    ALL.stream()
        .flatMap(type -> type.getMethodCallsFromSelf().stream())
        .filter(call -> call.getTargetOwner().isEquivalentTo(URL.class))
        .filter(call -> call.getName().matches("open.*|getContent"))
        .forEach(call -> names.add(outer(call.getOriginOwner())));
    return names;
  }

  private static boolean knows(JavaClass type, Predicate<? super JavaClass> known) {
    return type.getDirectDependenciesFromSelf().stream()
        .map(dependency -> dependency.getTargetClass().getBaseComponentType())
        .anyMatch(target -> !outer(target).equals(outer(type)) && known.test(target));
  }

  private static String outer(JavaClass type) {
    return type.getName().replaceFirst("^dev\\.weighmaster\\.", "").replaceFirst("\\$.*", "");
  }

  /** A page's template is compiled below page, and belongs to the package whose values it shows. */
  private static String packageName(JavaClass type) {
    return type.getPackageName()
        .replaceFirst("^dev\\.weighmaster\\.jobs\\.page\\.", "dev.weighmaster.jobs.")
        .replaceFirst("^dev\\.weighmaster\\.(jobs\\.)?", "");
  }

  private static boolean isCommand(JavaClass type) {
    return Stream.concat(Stream.of(type), type.getMembers().stream())
        .flatMap(annotated -> ((HasAnnotations<?>) annotated).getAnnotations().stream())
        .anyMatch(annotation -> annotation.getRawType().getPackageName().equals("picocli"));
  }

  private static Stream<Object> members(Class<?> type) {
    return Stream.of(
            type.getDeclaredFields(), type.getDeclaredMethods(), type.getDeclaredConstructors())
        .flatMap(Stream::of);
  }
}
