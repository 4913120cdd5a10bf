package dev.weighmaster.jobs.cli;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.networknt.schema.InputFormat;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.HostileHub;
import dev.weighmaster.jobs.HostileHub.Expected;
import dev.weighmaster.jobs.HostileHub.Soundness;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.badge.Badge;
import dev.weighmaster.jobs.badge.HostileNames;
import dev.weighmaster.jobs.cli.Commands.Result;
import dev.weighmaster.jobs.evidence.ModelBom;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.jobs.serve.CurrentPolicy;
import dev.weighmaster.jobs.serve.HubService;
import dev.weighmaster.jobs.serve.ServiceLimits;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.verdict.Verdict;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.commons.csv.CSVRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** A hub whose uploaders mean harm: from its bytes on disk, over two audits, to every output. */
@Tag("slow")
class HostileHubTest {
  private static final SparkSession SPARK = TestSpark.session().newSession();
  private static final SparkSql SPARK_SQL = new SparkSql(SPARK);
  private static final List<Expected> FIRST = HostileHub.first();
  private static final List<Expected> SECOND = HostileHub.second();
  private static final List<String> VIEWS =
      List.of("audit", "latest", "files", "attestations", "runs");

  /** The elements of a badge. */
  private static final Set<String> DRAWN =
      Set.of("svg", "title", "linearGradient", "stop", "path", "rect", "g", "text");

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** What its message names is not there, and would repaint a terminal. */
  private static final String BAD_QUERY = "SELECT * FROM \"\u001b[2J\u202e\"";

  @TempDir private static Path folder;
  private static HostileHub hub;
  private static Path table;
  private static AuditResult first;
  private static AuditResult second;
  private static CommandSession session;
  private static SqlEngine duckDb;

  @BeforeAll
  static void auditTwiceAndRunWhatNeedsSpark() throws Exception {
    // For so few rows, parts of a shuffle only cost time.
    SPARK.conf().set("spark.sql.shuffle.partitions", "1");
    hub = HostileHub.write(Files.createDirectories(folder.resolve("in")));
    table = folder.resolve("table");
    first = audit("2026-11-21");
    // Commands write to a table of their own, which has the same run before theirs.
    copy(table, folder.resolve("other"));
    hub.change();
    second = audit("2026-11-22");
    AuditViews.create(SPARK, table.toString());
    duckDb = DuckDbSql.open(AuditTable.existing(table.toString(), new Configuration()));
    session = commandsWithSpark();
    session.start();
  }

  @AfterAll
  static void endWhatNeedsSpark() throws IOException, InterruptedException {
    if (duckDb != null) {
      duckDb.close();
    }
    // Else it could go on to write to a folder that is being removed.
    if (session != null) {
      session.end();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each)));
      }
    }
  }

  private static AuditResult audit(String date) throws Exception {
    return new AuditJob(SPARK, hub.root().toString(), table.toString())
        .policy(PolicySource.read(hub.policy()))
        .date(LocalDate.parse(date))
        .execute();
  }

  /** The commands that open a session of their own, by what they are called here. */
  private static CommandSession commandsWithSpark() {
    CommandSession session = new CommandSession(folder.resolve("session"), folder);
    Path other = folder.resolve("other");
    session.add("sql", "sql", "--table", table, "--format", "json", "SELECT * FROM latest");
    Object[] sql = {"sql", "--table", table, "--debug"};
    session.add("sql --debug", and(sql, BAD_QUERY));
    session.add("sql --debug by Spark", and(sql, "--engine", "spark", BAD_QUERY.replace('"', '`')));
    Object[] audit = {"audit", "--hub", hub.root(), "--table", other, "--policy", hub.policy()};
    session.add("audit --json", and(audit, "--date", "2026-11-22", "--json"));
    session.add("audit", and(audit, "--date", "2026-11-23"));
    session.add("report", "report", "--table", table, "--out", folder.resolve("out/report"));
    session.add("badges", "badges", "--table", table, "--out", folder.resolve("out/badges"));
    session.add("bom", "bom", "--table", table, "--repository", verified().get(0).repository());
    Object[] vsa = {
      "vsa",
      "--table",
      table,
      "--key",
      hub.auditorKey(),
      "--verifier-id",
      HostileHub.AUDITOR,
      "--out",
      folder.resolve("out/vsa")
    };
    session.add("vsa", vsa);
    Path inside = hub.root().resolve("out");
    session.add("report inside", "report", "--table", table, "--out", inside);
    session.add("badges inside", "badges", "--table", table, "--out", inside);
    vsa[vsa.length - 1] = inside;
    session.add("vsa inside", vsa);
    session.add("table sign", "table", "sign", "--table", table, "--key", hub.auditorKey());
    session.add(
        "table verify", "table", "verify", "--table", table, "--policy", hub.policy(), "--json");
    Object[] prune = {"table", "prune", "--table", other, "--keep", "0d"};
    session.add("table prune --dry-run", and(prune, "--dry-run"));
    session.add("table prune", and(prune, "--json"));
    return session;
  }

  private static Object[] and(Object[] words, Object... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
  }

  private static List<Expected> verified() {
    return SECOND.stream().filter(each -> each.verdict() == Verdict.VERIFIED).toList();
  }

  @Test
  void whatCantBeTheNameOfAFileIsSaidOfVerifiedOnes() {
    assertThat(verified())
        .extracting(Expected::text)
        .contains(
            "<script>alert(1)</script>",
            "</title></svg><svg onload=alert(1)>",
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
            "a\u0000b\u0008c\u001b[31m",
            "../../../../etc/passwd");
  }

  @Test
  void everyQuantizationIsInTheTableWithItsVerdict() {
    assertThat(rows("SELECT repository, quantization, verdict FROM latest"))
        .containsExactlyInAnyOrderElementsOf(tuples(SECOND));
    assertThat(
            rows(
                "SELECT repository, quantization, verdict FROM audit WHERE run_id = '%s'"
                    .formatted(first.run().runId())))
        .containsExactlyInAnyOrderElementsOf(tuples(FIRST));
    assertThat(SECOND).extracting(Expected::verdict).contains(Verdict.values());
  }

  @Test
  void whatBecameOfARepositoryIsTheReasonBesideItsName() {
    assertThat(rows("SELECT DISTINCT reason FROM latest").stream().map(row -> row.toList().get(0)))
        .containsExactlyInAnyOrder(
            "OK",
            "NO_ATTESTATION",
            "SIGNER_NOT_TRUSTED",
            "UNSIGNED_STATEMENT",
            "MALFORMED_BUNDLE",
            "CLAIM_MISMATCH",
            "METHOD_MISMATCH",
            "SOURCE_IDENTITY_MISMATCH",
            "SOURCE_MISSING",
            "SOURCE_DIGEST_MISMATCH",
            "MALFORMED_WEIGHTS",
            "DIGEST_MISMATCH",
            "IO_ERROR");
  }

  private static List<Tuple> tuples(List<Expected> expected) {
    return expected.stream()
        .map(each -> tuple(each.repository(), each.quantization(), each.verdict().name()))
        .toList();
  }

  private static List<Tuple> rows(String query) {
    return SPARK.sql(query).collectAsList().stream()
        .map(row -> new Tuple(IntStream.range(0, row.length()).mapToObj(row::get).toArray()))
        .toList();
  }

  @Test
  void auditPrintsWhatIsBrokenAndGoneOnLinesOfItsOwn() throws Exception {
    StringWriter printed = new StringWriter();
    AuditCommand.print(second, new PrintWriter(printed), Screen.NONE);

    Harmless.terminal(printed.toString());
    assertThat(printed.toString().lines())
        .hasSize(3 + second.brokenSignatures().size())
        .last()
        .asString()
        .startsWith("audited " + SECOND.size() + " quantizations: " + verified().size());
    assertThat(second.brokenSignatures()).isNotEmpty();
  }

  static Stream<Expected> repositories() {
    return SECOND.stream().filter(each -> each.repository().startsWith("quants/"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("repositories")
  void verifySaysWhatTheAuditSays(Expected expected) throws Exception {
    Path repository = hub.root().resolve(expected.repository());

    Object[] verify = {"verify", repository, "--hub", hub.root(), "--policy", hub.policy()};
    Result shown = Commands.run(verify);
    Result json = Commands.run(and(verify, "--json"));

    int exitCode =
        List.of(Verdict.VERIFIED, Verdict.UNVERIFIED, Verdict.BROKEN, Verdict.ERROR)
            .indexOf(expected.verdict());
    assertThat(List.of(shown.exitCode(), json.exitCode())).containsOnly(exitCode);
    assertThat(shown.err() + json.err()).isEmpty();
    assertThat(Harmless.terminal(shown.out())).startsWith(expected.verdict() + "  quants/");
    JsonNode verdict = Harmless.json(json.out());
    assertThat(verdict.get("repository").textValue()).isEqualTo(expected.repository());
    assertThat(verdict.at("/quantizations/0/quantization").textValue())
        .isEqualTo(expected.quantization());
    if (expected.verdict() == Verdict.VERIFIED) {
      assertThat(verdict.at("/quantizations/0/source_model").textValue())
          .isEqualTo("acme/" + expected.name());
      assertThat(verdict.at("/quantizations/0/tool").textValue()).isEqualTo(expected.text());
      assertThat(verdict.at("/quantizations/0/tool_version").textValue())
          .isEqualTo(expected.name());
    }
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("repositories")
  void inspectAndExplainShowWhatIsWrittenAndNoMore(Expected expected) throws Exception {
    Path repository = hub.root().resolve(expected.repository());
    Path weights = repository.resolve(expected.quantization());
    JsonNode shown = inspectedWeights(weights, expected.weights());
    if (expected.weights() == Soundness.SOUND) {
      assertThat(shown.get("architecture").textValue()).isEqualTo(expected.text());
      assertThat(shown.get("metadata"))
          .extracting(entry -> entry.get("key").textValue())
          .contains(expected.name(), expected.text());
    }
    try (Stream<Path> all = Files.list(repository)) {
      for (Path sidecar : all.filter(file -> file.toString().endsWith(".json")).toList()) {
        inspectSidecar(sidecar, expected.sidecar());
      }
    }
    Object[] explain = {
      "trust", "explain", repository, "--hub", hub.root(), "--policy", hub.policy()
    };
    Harmless.terminal(Commands.run(explain).succeeded());
    JsonNode explained = Harmless.json(Commands.run(and(explain, "--json")).succeeded());
    assertThat(explained.get("repository").textValue()).isEqualTo(expected.repository());
  }

  /** What {@code inspect} says of weights that are as sound as that; nothing of others. */
  private static JsonNode inspectedWeights(Path file, Soundness soundness) throws IOException {
    Result text = Commands.run("inspect", file, "--policy", hub.policy());
    Result json = Commands.run("inspect", file, "--policy", hub.policy(), "--json");

    if (soundness != Soundness.SOUND) {
      for (Result result : List.of(text, json)) {
        assertThat(Harmless.terminal(result.failed(exitCode(soundness))).lines()).hasSize(1);
      }
      return MissingNode.getInstance();
    }
    Harmless.terminal(text.succeeded());
    JsonNode shown = Harmless.json(json.succeeded());
    assertThat(shown.get("file").textValue()).isEqualTo(file.toString());
    return shown;
  }

  /** Of a sidecar {@code inspect} shows what can be shown, also where it is not sound. */
  private static void inspectSidecar(Path file, Soundness soundness) throws IOException {
    Result text = Commands.run("inspect", file, "--policy", hub.policy());
    Result json = Commands.run("inspect", file, "--policy", hub.policy(), "--json");

    assertThat(List.of(text.exitCode(), json.exitCode())).containsOnly(exitCode(soundness));
    assertThat(text.err() + json.err()).isEmpty();
    assertThat(Harmless.terminal(text.out())).isNotEmpty();
    assertThat(Harmless.json(json.out()).get("file").textValue()).isEqualTo(file.toString());
  }

  private static int exitCode(Soundness soundness) {
    return switch (soundness) {
      case SOUND -> 0;
      case MALFORMED -> 2;
      case NOT_THERE -> ExitCode.ERROR;
    };
  }

  @Test
  void aNameThatIsNotThereIsSaidOnOneLine() {
    for (String name : HostileNames.ofFiles()) {
      for (Result result :
          List.of(
              Commands.run("verify", hub.root().resolve("quants/no" + name)),
              Commands.run("inspect", hub.root().resolve("quants/no" + name)),
              Commands.run("trust", "explain", "no/\\no" + name, "--policy", hub.policy()),
              Commands.run("sql", "--table", "t", "--named", "no" + name))) {
        assertThat(result.exitCode()).as(result.err()).isIn(ExitCode.ERROR, ExitCode.USAGE);
        // The second says where help is.
        assertThat(Harmless.terminal(result.err()).lines().count()).isBetween(1L, 2L);
        assertThat(result.err()).startsWith("weighmaster: ");
        assertThat(result.out()).isEmpty();
      }
    }
  }

  @Test
  void aNameIsNoFileOfArgumentsToACommand(@TempDir Path repository) throws IOException {
    Path weights = Files.writeString(repository.resolve("@x.gguf"), "--help");

    // Were it a file of arguments, its one would ask for help.
    Result result = Commands.run("inspect", "@" + weights);

    assertThat(result.failed(3)).endsWith("@x.gguf: no such file");
  }

  @Test
  void everyViewIsPrintedWholeInEveryFormat() throws Exception {
    for (String view : VIEWS) {
      String query = "SELECT * FROM " + view;
      JsonNode rows = PrintedResult.of(format -> SPARK_SQL.run(query, format)).read();

      assertThat(rows.size()).as(view).isEqualTo((int) SPARK.table(view).count());
      assertThat(PrintedResult.of(format -> duckDb.run(query, format)).read())
          .containsExactlyInAnyOrderElementsOf(rows);
    }
    assertThat(rows("SELECT count(*) FROM audit"))
        .containsExactly(tuple((long) FIRST.size() + SECOND.size()));
  }

  @Test
  void theViewsOfConfDuckDbSqlHaveTheSameRowsAndColumns() throws Exception {
    String script =
        Files.readString(Path.of(System.getProperty("weighmaster.root"), "conf/duckdb.sql"));
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET VARIABLE audit_table = '%s'".formatted(table));
      for (String each : new SqlScript(script).statements()) {
        statement.execute(each);
      }
      for (String view : VIEWS) {
        // Over every column, whatever the order of the rows.
        String query =
            "SELECT count(*) || ' ' || bit_xor(hash(every)) AS found FROM %s AS every"
                .formatted(view);
        try (ResultSet result = statement.executeQuery(query);
            SqlRows same = duckDb.run(query, ResultFormat.CSV)) {
          assertThat(result.next()).isTrue();
          assertThat(same.next().orElseThrow()).containsExactly(Optional.of(result.getString(1)));
        }
      }
    }
  }

  static Stream<NamedQuery> namedQueries() throws IOException {
    return NamedQueries.packaged().all().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("namedQueries")
  void aNamedQueryIsPrintedWholeInEveryFormat(NamedQuery query) throws Exception {
    Map<String, String> given = new TreeMap<>();
    for (NamedQuery.Parameter parameter : query.parameters()) {
      switch (parameter.name()) {
        case "source" -> given.put("source", "acme/" + verified().get(0).name());
        case "repository" -> given.put("repository", verified().get(0).repository());
        case "identity" -> given.put("identity", "%");
        case "digest" -> given.put("digest", anyDigest());
        case "downloads" -> given.put("downloads", hub.downloads().toString());
        case "limit", "runs" -> given.put(parameter.name(), "10000");
        case "days" -> given.put("days", "0");
        default -> throw new AssertionError("no value for " + parameter);
      }
    }

    JsonNode rows = printed(query, query.arguments(given));
    JsonNode same =
        PrintedResult.of(format -> duckDb.run(query, query.arguments(given), format)).read();

    assertThat(same).hasSameSizeAs(rows);
    if (!query.name().equals("unverified-by-downloads")) {
      assertThat(same).isEqualTo(rows);
    }

    switch (query.name()) {
      // Every file that changed was written to, and says so.
      case "bit-rot" -> assertThat(rows).isEmpty();
      // No repository of this hub loses its proof alone.
      case "newly-unverified", "lost-signatures" -> {}
      default -> assertThat(rows).as(query.name()).isNotEmpty();
    }
    switch (query.name()) {
      case "newly-broken" ->
          assertThat(rows)
              .extracting(row -> row.get("repository").textValue())
              .containsExactlyInAnyOrderElementsOf(newlyBroken());
      case "repositories-gone" ->
          assertThat(rows)
              .extracting(row -> row.get("repository").textValue())
              .containsExactlyInAnyOrderElementsOf(HostileHub.gone());
      case "unverified-by-downloads" ->
          assertThat(rows)
              .extracting(
                  row -> row.get("repository").textValue(), row -> row.get("downloads").intValue())
              .containsExactlyInAnyOrderElementsOf(
                  IntStream.range(0, SECOND.size())
                      .filter(i -> SECOND.get(i).verdict() != Verdict.VERIFIED)
                      .mapToObj(i -> tuple(SECOND.get(i).repository(), downloads(i)))
                      .toList());
      case "stale-files" ->
          assertThat(rows)
              .extracting(row -> row.get("path").textValue())
              .containsExactlyInAnyOrderElementsOf(
                  texts(
                      "SELECT path FROM files WHERE digested_at IS NOT NULL AND run_id = '%s'"
                          .formatted(second.run().runId())));
      case "digests-differ" ->
          assertThat(rows)
              .extracting(row -> row.get("path").textValue(), row -> row.get("what").textValue())
              .containsExactlyInAnyOrderElementsOf(
                  SECOND.stream()
                      .filter(each -> each.weights() == Soundness.NOT_THERE)
                      .map(
                          each ->
                              tuple(each.repository() + "/" + each.quantization(), "not fetched"))
                      .toList());
      default -> {
        // Its rows have been held against each other.
      }
    }
  }

  /** The rows of a query that Spark runs once, and that are printed in each format. */
  private static JsonNode printed(NamedQuery query, NamedQuery.Arguments arguments)
      throws IOException {
    Dataset<Row> result = SPARK_SQL.result(query, arguments).cache();
    try {
      result.createOrReplaceTempView("asked");
      return PrintedResult.of(format -> SPARK_SQL.run("SELECT * FROM asked", format)).read();
    } finally {
      result.unpersist();
    }
  }

  /**
   * Spark reads both characters of a line's end in a value of CSV as one: such a name has no count
   * there, and has one in DuckDB.
   */
  private static int downloads(int i) {
    return SECOND.get(i).repository().contains("\r\n") ? 0 : 1000 + i;
  }

  private static String anyDigest() {
    return (String)
        rows("SELECT digest FROM latest WHERE verdict = 'VERIFIED'").get(0).toList().get(0);
  }

  private static List<String> newlyBroken() {
    Map<String, Verdict> before =
        FIRST.stream().collect(toMap(Expected::repository, Expected::verdict));
    return SECOND.stream()
        .filter(each -> each.verdict() == Verdict.BROKEN)
        .map(Expected::repository)
        .filter(repository -> before.get(repository) != Verdict.BROKEN)
        .toList();
  }

  @Test
  void aParameterIsAValueWhateverItLooksLike() throws Exception {
    NamedQuery history = NamedQueries.packaged().get("history-of");
    NamedQuery signed = NamedQueries.packaged().get("signed-by");
    for (String name : List.of("' or 1=1; DROP TABLE audit; --", "%' OR 1=1 OR '_")) {
      JsonNode rows = printed(history, history.arguments(Map.of("repository", "quants/" + name)));
      assertThat(rows).hasSize(2);
      NamedQuery.Arguments identity = signed.arguments(Map.of("identity", name));
      assertThat(SPARK_SQL.result(signed, identity).collectAsList()).isEmpty();
      try (SqlRows none = duckDb.run(signed, identity, ResultFormat.CSV)) {
        assertThat(none.next()).isEmpty();
      }
    }
    assertThat(rows("SELECT count(*) FROM latest")).containsExactly(tuple((long) SECOND.size()));
  }

  private static List<String> repositories(Verdict verdict) {
    return SECOND.stream()
        .filter(each -> each.verdict() == verdict)
        .map(Expected::repository)
        .toList();
  }

  private static List<String> listed(JsonNode excerpt, String field) {
    assertThat(excerpt.get("total").intValue()).isEqualTo(excerpt.get("listed").size());
    return StreamSupport.stream(excerpt.get("listed").spliterator(), false)
        .map(each -> each.get(field).textValue())
        .toList();
  }

  private static List<String> texts(String query) {
    return SPARK.sql(query).collectAsList().stream().map(row -> row.getString(0)).toList();
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::textValue).toList();
  }

  private static List<Path> files(Path below) throws IOException {
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  private static List<Path> ending(List<Path> files, String suffix) {
    return files.stream().filter(file -> file.toString().endsWith(suffix)).toList();
  }

  private static Document parsed(String xml) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(UTF_8)));
  }

  private static void assertIsOnlyAnImage(Document svg) {
    NodeList elements = svg.getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      assertThat(elements.item(i).getNodeName()).isIn(DRAWN);
      for (int k = 0; k < elements.item(i).getAttributes().getLength(); k++) {
        assertThat(elements.item(i).getAttributes().item(k).getNodeName())
            .doesNotStartWith("on")
            .isNotIn("href", "xlink:href", "style");
      }
    }
  }

  private static void assertUnharmed(Browser browser) {
    assertThat(browser.run("return typeof window.harmed")).isEqualTo("undefined");
  }

  private static void assertIsBomOf(Expected of, String text) throws IOException {
    assertThat(BomSchema.read().validate(text, InputFormat.JSON)).isEmpty();
    JsonNode model = Harmless.json(text).at("/components/0");
    assertThat(model.get("name").textValue()).isEqualTo(of.repository() + "/" + of.quantization());
    if (of.verdict() == Verdict.VERIFIED) {
      assertThat(model.at("/modelCard/modelParameters/modelArchitecture").textValue())
          .isEqualTo(of.text());
      // The library that writes it drops spaces and controls at either end of a text.
      assertThat(model.at("/pedigree/ancestors/0/name").textValue())
          .isEqualTo(("acme/" + of.name()).trim());
    }
  }

  @Test
  void theServiceAnswersForEveryNameAndFailsForNone() throws Exception {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, UTF_8));
    try (HubService service =
        new HubService(
            hub.root().toString(),
            new CurrentPolicy(Optional.of(hub.policy())),
            ServiceLimits.of(2, Duration.ofMinutes(2), Long.MAX_VALUE),
            "127.0.0.1",
            0,
            Optional.empty())) {
      for (Expected expected : SECOND) {
        assertAnswered(service.address(), expected);
      }
      assertThat(send(HttpRequest.newBuilder(service.address().resolve("/metrics"))).body())
          .contains("weighmaster")
          .doesNotContain("quants", "harmed");
    } finally {
      System.setErr(before);
    }
    assertThat(Harmless.terminal(log.toString(UTF_8)).lines())
        .hasSizeGreaterThan(2 * SECOND.size())
        .allMatch(line -> line.matches("[\\d:]{8} INFO  access: (GET|POST) /.* status=\\d+ .*"));
  }

  private static void assertAnswered(URI service, Expected expected) throws Exception {
    String body =
        JsonNodeFactory.instance.objectNode().put("repository", expected.repository()).toString();
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(service.resolve("/v1/verify"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    JsonNode json = Harmless.json(answer.body());
    String badge;
    if (isServed(expected.repository())) {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(type(answer)).isEqualTo("application/json");
      assertThat(json.get("repository").textValue()).isEqualTo(expected.repository());
      assertThat(json.at("/quantizations/0/quantization").textValue())
          .isEqualTo(expected.quantization());
      assertThat(json.get("verdict").textValue()).isEqualTo(expected.verdict().name());
      badge = json.at("/quantizations/0/badge_svg").textValue();
    } else {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(type(answer)).isEqualTo("application/problem+json");
      badge = "/v1/badge/" + encoded(expected.repository()) + "/x.gguf.svg";
    }
    HttpResponse<String> svg = send(HttpRequest.newBuilder(URI.create(service + badge)));
    if (answer.statusCode() == 200) {
      assertThat(svg.statusCode()).as(badge).isEqualTo(200);
      assertThat(type(svg)).isEqualTo("image/svg+xml");
      assertIsOnlyAnImage(parsed(Harmless.terminal(svg.body())));
    } else {
      assertThat(svg.statusCode()).as(badge).isEqualTo(400);
      Harmless.json(svg.body());
    }
  }

  /** What can be printed is a name that the service takes. */
  private static boolean isServed(String repository) {
    return repository.indexOf('\\') < 0 && Harmless.shown(repository).equals(repository);
  }

  private static String encoded(String path) {
    return URLEncoder.encode(path, UTF_8).replace("+", "%20").replace("%2F", "/");
  }

  private static String type(HttpResponse<String> answer) {
    return answer.headers().firstValue("Content-Type").orElse("");
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer = CLIENT.send(request.build(), BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(answer.headers().firstValueAsLong("Content-Length"))
        .hasValue(answer.body().getBytes(UTF_8).length);
    return answer;
  }

  /** Those of commands that open a session of their own, which run while the other tests do. */
  @Nested
  class CommandsWithSpark {
    private static Map<String, Result> results;

    /** All of them: some tests read the files that one has written. */
    @BeforeAll
    static void waitForAll() throws Exception {
      results = session.results();
    }

    private static Result ran(String command) {
      return results.get(command);
    }

    @Test
    void auditAsACommandSaysInJsonWhatIsBrokenAndGone() throws Exception {
      Result audit = ran("audit --json");

      assertThat(audit.exitCode()).as(audit.err()).isZero();
      Harmless.terminal(audit.err());
      JsonNode json = Harmless.json(audit.out());
      assertThat(json.get("quantizations").intValue()).isEqualTo(SECOND.size());
      assertThat(json.get("verified").intValue()).isEqualTo(verified().size());
      assertThat(texts(json.get("gone"))).containsExactlyInAnyOrderElementsOf(HostileHub.gone());
      assertThat(texts(json.get("broken_signatures")))
          .containsExactlyElementsOf(second.brokenSignatures());
    }

    @Test
    void auditAsACommandLogsNothingThatCouldRepaintTheScreen() {
      Result audit = ran("audit");

      assertThat(audit.exitCode()).as(audit.err()).isZero();
      Harmless.terminal(audit.err());
      assertThat(Harmless.terminal(audit.out()).lines().reduce((a, b) -> b))
          .hasValueSatisfying(
              line ->
                  assertThat(line)
                      .startsWith(
                          "audited "
                              + SECOND.size()
                              + " quantizations: "
                              + verified().size()
                              + " verified"));
    }

    @Test
    void sqlAsACommandPrintsTheSame() throws Exception {
      Result sql = ran("sql");

      assertThat(sql.exitCode()).as(sql.err()).isZero();
      assertThat(sql.err()).isEmpty();
      assertThat(Harmless.json(sql.out()))
          .extracting(
              row -> row.get("repository").textValue(),
              row -> row.get("quantization").textValue(),
              row -> row.get("verdict").textValue())
          .containsExactlyInAnyOrderElementsOf(tuples(SECOND));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sql --debug", "sql --debug by Spark"})
    void aQueryThatMakesNoSenseIsNotEchoedAsItIs(String command) {
      Result sql = ran(command);

      assertThat(sql.exitCode()).isEqualTo(ExitCode.USAGE);
      assertThat(sql.out()).isEmpty();
      assertThat(Harmless.terminal(sql.err()))
          .startsWith("weighmaster: ")
          .contains("\\u001b[2J\\u202e", "\n    at ");
    }

    @Test
    void theReportHasEveryNameInEachOfItsFiles() throws Exception {
      Result command = ran("report");
      assertThat(command.exitCode()).as(command.err()).isZero();
      Harmless.terminal(command.out() + command.err());
      Path report = folder.resolve("out/report");

      List<CSVRecord> csv = Harmless.csv(Files.readString(report.resolve("report.csv")));
      assertThat(csv.subList(1, csv.size()))
          .filteredOn(row -> row.get(10).equals("VERIFIED"))
          .extracting(row -> row.get(0), row -> row.get(18))
          .containsExactlyInAnyOrderElementsOf(
              verified().stream()
                  .map(each -> tuple(Harmless.cell(each.repository()), Harmless.cell(each.text())))
                  .toList());
      assertThat(csv.subList(1, csv.size()))
          .extracting(row -> row.get(0), row -> row.get(2), row -> row.get(10))
          .containsExactlyInAnyOrderElementsOf(
              SECOND.stream()
                  .map(
                      each ->
                          tuple(
                              Harmless.cell(each.repository()),
                              Harmless.cell(each.quantization()),
                              each.verdict().name()))
                  .toList());
      JsonNode json = Harmless.json(Files.readString(report.resolve("report.json")));
      assertThat(listed(json.at("/broken"), "repository"))
          .containsExactlyInAnyOrderElementsOf(repositories(Verdict.BROKEN));
      assertThat(listed(json.at("/not_audited"), "repository"))
          .containsExactlyInAnyOrderElementsOf(repositories(Verdict.ERROR));
      JsonNode changes = json.get("changes");
      assertThat(listed(changes.get("newly_broken"), "repository"))
          .containsExactlyInAnyOrderElementsOf(newlyBroken());
      assertThat(texts(changes.at("/repositories_disappeared/listed")))
          .containsExactlyInAnyOrderElementsOf(HostileHub.gone());
      assertThat(texts(changes.at("/repositories_appeared/listed")))
          .containsExactlyInAnyOrderElementsOf(
              SECOND.stream()
                  .map(Expected::repository)
                  .filter(repository -> !repository.startsWith("quants/"))
                  .toList());
      String page =
          Harmless.terminal(Files.readString(report.resolve("report.html")))
              .replaceAll("(?s)<script>.*?</script>", "");
      assertThat(page).doesNotContain("<img", "<iframe", "<script", "<svg onload", "<details open");
      assertThat(textsOf(page))
          .containsAll(
              SECOND.stream()
                  .filter(each -> Set.of(Verdict.BROKEN, Verdict.ERROR).contains(each.verdict()))
                  .map(each -> Harmless.shown(each.repository() + "/" + each.quantization()))
                  .toList())
          .containsAll(HostileHub.gone().stream().map(Harmless::shown).toList());
    }

    /** What a page shows, by element. */
    private static Set<String> textsOf(String page) {
      return Stream.of(page.split("<[^>]*>", -1))
          .map(
              text ->
                  text.replace("&lt;", "<")
                      .replace("&gt;", ">")
                      .replace("&#34;", "\"")
                      .replace("&#39;", "'")
                      .replace("&amp;", "&"))
          .collect(toSet());
    }

    @Test
    void badgesLieInTheirFolderAndAreImagesOfText() throws Exception {
      Result command = ran("badges");
      assertThat(command.exitCode()).as(command.err()).isZero();
      Harmless.terminal(command.out() + command.err());
      Path badges = folder.resolve("out/badges");
      List<Path> files = files(badges);

      Map<String, String> titles = new TreeMap<>();
      for (Path svg : ending(files, ".svg")) {
        Document image = parsed(Harmless.terminal(Files.readString(svg)));
        assertIsOnlyAnImage(image);
        String title = image.getElementsByTagName("title").item(0).getTextContent();
        titles.put(badges.relativize(svg).toString(), title);
        String beside = svg.toString().replaceFirst("svg$", "");
        JsonNode shield = Harmless.json(Files.readString(Path.of(beside + "json")));
        assertThat("provenance: " + shield.get("message").textValue()).isEqualTo(title);
        assertThat(Harmless.terminal(Files.readString(Path.of(beside + "html"))))
            .doesNotContain("<script", "<img", "<iframe", "<style>*", "onload=\"");
      }
      assertThat(titles).hasSameSizeAs(SECOND);
      for (Expected expected : SECOND) {
        List<String> own =
            titles.keySet().stream().filter(path -> isBadgeOf(expected, path)).toList();
        assertThat(own).as(expected.toString()).hasSize(1);
        Optional<String> source = Optional.of("acme/" + expected.name());
        assertThat(titles.get(own.get(0)))
            .isEqualTo(Badge.of(expected.verdict(), source).text())
            .satisfies(
                title ->
                    assertThat(title.endsWith(", verified"))
                        .isEqualTo(expected.verdict() == Verdict.VERIFIED));
      }
      assertThat(files)
          .extracting(file -> badges.relativize(file).toString())
          .allMatch(name -> name.matches("[\\w.=@/-]+"));
      for (Path script : ending(files, ".js")) {
        assertThat(Files.readString(script).chars())
            .allMatch(c -> c < 0x7f && (c >= ' ' || c == '\n'));
      }
    }

    /** Reads a badge's path back: no other name may have been written like that. */
    private static boolean isBadgeOf(Expected expected, String path) {
      String[] repository = expected.repository().split("/", 2);
      String[] segments = path.replaceFirst("\\.svg$", "").split("/", -1);
      return segments.length == 3
          && isWritten(repository[0], segments[0])
          && isWritten(repository[1], segments[1])
          && isWritten(expected.quantization(), segments[2]);
    }

    /** What ends in a digest has only the first part of a name, maybe of a byte. */
    private static boolean isWritten(String name, String segment) {
      byte[] bytes = name.getBytes(UTF_8);
      int digest = segment.indexOf("=.");
      if (digest < 0) {
        return Arrays.equals(bytes, decoded(segment));
      }
      byte[] kept = decoded(segment.substring(0, digest).replaceFirst("=.?$", ""));
      return kept.length < bytes.length && Arrays.equals(kept, Arrays.copyOf(bytes, kept.length));
    }

    /** Of {@code =} and two digits the byte. */
    private static byte[] decoded(String segment) {
      return URLDecoder.decode(segment.replace('=', '%'), ISO_8859_1).getBytes(ISO_8859_1);
    }

    @Test
    void nothingIsWrittenBesideTheFoldersThatWereNamed() throws IOException {
      try (Stream<Path> beside = Files.list(folder)) {
        assertThat(beside.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder("in", "table", "other", "session", "out");
      }
      try (Stream<Path> written = Files.list(folder.resolve("out"))) {
        assertThat(written.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder("report", "badges", "vsa");
      }
      assertThat(files(folder.resolve("out/report"))).hasSize(3);
    }

    @Test
    void aBrowserShowsNamesAsTextAndRunsNoneOfThem() throws Exception {
      Path badges = folder.resolve("out/badges");
      try (Browser browser = Browser.open()) {
        browser.show(folder.resolve("out/report/report.html"));
        assertUnharmed(browser);
        browser.assertFlawless();
        browser.show(badges.resolve("index.html"));
        assertUnharmed(browser);
        assertThat(browser.first("#status").getText())
            .isEqualTo("Showing 1 to 100 of " + SECOND.size());
        browser.assertFlawless();
        List<Path> files = files(badges);
        for (Path page : ending(files(badges.resolve("quants")), ".html")) {
          browser.show(page);
          assertUnharmed(browser);
          assertThat(browser.complaints()).as(page.toString()).isEmpty();
          assertThat(browser.requests()).as(page.toString()).isEmpty();
        }
        browser.show(ending(files, ".html").get(0));
        browser.assertFlawless();
        for (Path svg : ending(files, ".svg")) {
          if (Files.readString(svg).contains(", verified")) {
            browser.show(svg);
            assertUnharmed(browser);
          }
        }
      }
    }

    @Test
    void aBomOfEachVerdictIsValidAndHasItsNames() throws Exception {
      Result command = ran("bom");
      assertThat(command.exitCode()).as(command.err()).isZero();
      assertThat(command.err()).isEmpty();
      assertIsBomOf(verified().get(0), command.out());
      List<Expected> others = new ArrayList<>(verified());
      for (Verdict verdict : List.of(Verdict.UNVERIFIED, Verdict.BROKEN)) {
        SECOND.stream()
            .filter(each -> each.verdict() == verdict)
            .findFirst()
            .ifPresent(others::add);
      }
      for (Expected of : others) {
        assertIsBomOf(
            of, ModelBom.of(existing(table.toString()), Optional.empty(), of.repository()));
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "badges", "vsa"})
    void nothingIsWrittenIntoTheHub(String command) throws Exception {
      assertThat(ran(command + " inside").failed(64)).contains("--out", "lies inside the hub");
      assertThat(hub.root().resolve("out")).doesNotExist();
    }

    @Test
    void everySummaryLiesInItsFolderAndHolds() throws Exception {
      Result command = ran("vsa");
      assertThat(command.exitCode()).as(command.err()).isZero();
      Harmless.terminal(command.out() + command.err());
      Path out = folder.resolve("out/vsa");
      assertThat(files(out)).hasSameSizeAs(verified());

      for (Expected expected : verified()) {
        Path summary = SummaryFile.in(out, expected.repository(), "", expected.quantization());
        Path weights = hub.root().resolve(expected.repository());
        Object[] verify = {"verify", summary, "--files", weights, "--policy", hub.policy()};
        assertThat(Harmless.terminal(Commands.run(verify).succeeded())).startsWith("VERIFIED  ");
        JsonNode json =
            Harmless.json(
                Commands.run(
                        "verify", summary, "--files", weights, "--policy", hub.policy(), "--json")
                    .succeeded());
        assertThat(json.at("/files/0/name").textValue()).isEqualTo(expected.quantization());
      }
    }

    @Test
    void aRunOverTheHubIsSignedAndChecked() throws Exception {
      for (String name : List.of("table sign", "table verify")) {
        assertThat(ran(name).exitCode()).as(ran(name).err()).isZero();
        Harmless.terminal(ran(name).out() + ran(name).err());
      }
      assertThat(Harmless.json(ran("table verify").out()).get("runs"))
          .extracting(run -> run.at("/signature/state").textValue())
          .containsExactlyInAnyOrder("unsigned", "trusted");
    }

    @Test
    void ofThreeRunsOverTheHubTheNewestIsNotPruned() throws Exception {
      for (String name : List.of("table prune --dry-run", "table prune")) {
        assertThat(ran(name).exitCode()).as(ran(name).err()).isZero();
        Harmless.terminal(ran(name).err());
      }
      JsonNode pruned = Harmless.json(ran("table prune").out());
      assertThat(pruned.get("runs"))
          .extracting(run -> run.get("run_id").textValue())
          .containsExactlyInAnyOrder(
              first.run().runId(),
              Harmless.json(ran("audit --json").out()).get("run_id").textValue());
      assertThat(Harmless.terminal(ran("table prune --dry-run").out()).lines())
          .filteredOn(line -> line.startsWith("would remove run "))
          .hasSameSizeAs(pruned.get("runs"));
      try (Stream<Path> dates = Files.list(folder.resolve("other/audit"))) {
        assertThat(dates.map(date -> date.getFileName().toString()))
            .filteredOn(name -> name.startsWith("audit_date="))
            .containsExactly("audit_date=2026-11-23");
      }
    }
  }
}
