package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.stream.Stream;

/** The queries of {@code conf/sql}, as they were packaged. */
final class NamedQueries {
  private static final String FOLDER = "sql/";
  private static final String SUFFIX = ".sql";

  private final Map<String, NamedQuery> byName = new TreeMap<>();

  /** Reads those beside this class, in its jar or its folder. */
  static NamedQueries packaged() throws IOException {
    URL folder = NamedQueries.class.getResource(FOLDER);
    if (folder == null) {
      throw new IOException("this build of weighmaster has no named queries");
    }
    NamedQueries queries = new NamedQueries();
    for (String file : files(folder)) {
      try (InputStream text = NamedQueries.class.getResourceAsStream(FOLDER + file)) {
        String name = file.substring(0, file.length() - SUFFIX.length());
        queries.byName.put(name, NamedQuery.parse(name, new String(text.readAllBytes(), UTF_8)));
      }
    }
    return queries;
  }

  private static Collection<String> files(URL folder) throws IOException {
    URLConnection connection = folder.openConnection();
    if (connection instanceof JarURLConnection jar) {
      // Not closed: the class loader shares it.
      String prefix = jar.getEntryName();
      return jar.getJarFile().stream()
          .map(JarEntry::getName)
          .filter(name -> name.startsWith(prefix) && name.endsWith(SUFFIX))
          .map(name -> name.substring(prefix.length()))
          .toList();
    }
    try (Stream<Path> files = Files.list(Path.of(URI.create(folder.toString())))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .toList();
    }
  }

  /** Every query, by its name. */
  Collection<NamedQuery> all() {
    return byName.values();
  }

  /**
   * The query of this name.
   *
   * @throws CommandFailure where there is none
   */
  NamedQuery get(String name) {
    NamedQuery query = byName.get(name);
    if (query == null) {
      throw CommandFailure.usage(
          "there is no query named '%s'".formatted(name)
              + Nearest.to(name, byName.keySet())
                  .map(", did you mean '%s'?"::formatted)
                  .orElse("; --list shows them"));
    }
    return query;
  }

  /** Prints what there is to ask, and with which parameters. */
  void print(PrintWriter out) {
    for (NamedQuery query : all()) {
      out.println(query.name() + "  " + query.title());
      query.description().forEach(line -> out.println("    " + line));
      for (NamedQuery.Parameter parameter : query.parameters()) {
        out.println(
            "    --param "
                + parameter.name()
                + parameter.byDefault().map("=%s"::formatted).orElse("=...")
                + "  "
                + parameter.description()
                + (parameter.byDefault().isPresent() ? "" : " (must be given)"));
      }
    }
    out.flush();
  }
}
