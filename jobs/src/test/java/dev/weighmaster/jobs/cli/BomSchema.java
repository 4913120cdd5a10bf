package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.cyclonedx.model.Bom;

/**
 * CycloneDX's own schema of a BOM, from its library; the library's validator asks for another
 * version of the one that is used here.
 */
final class BomSchema {
  private BomSchema() {}

  static Schema read() throws IOException {
    var schemas = new HashMap<String, String>();
    for (String name : List.of("bom-1.6", "spdx", "jsf-0.82")) {
      try (InputStream schema = Bom.class.getResourceAsStream("/" + name + ".schema.json")) {
        schemas.put(
            "http://cyclonedx.org/schema/" + name + ".schema.json",
            new String(schema.readAllBytes(), UTF_8));
      }
    }
    return SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_7, builder -> builder.schemas(Map.copyOf(schemas)))
        .getSchema(SchemaLocation.of("http://cyclonedx.org/schema/bom-1.6.schema.json"));
  }
}
