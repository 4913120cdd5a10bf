package dev.weighmaster.digest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedScansTest {
  private static final int LINKS = 50;

  @TempDir private Path root;
  private Storage hub;

  @BeforeEach
  void writeLinks() throws IOException {
    Path folder = Files.createDirectories(root.resolve("acme/m"));
    Path file = Files.writeString(folder.resolve("a.gguf"), "no weights");
    for (int i = 0; i < LINKS; i++) {
      Files.createSymbolicLink(folder.resolve("link-%02d.gguf".formatted(i)), Path.of("a.gguf"));
    }
    Files.createLink(folder.resolve("hard.gguf"), file);
    Files.createSymbolicLink(folder.resolve("other-kind.bin"), Path.of("a.gguf"));
    hub = new LocalStorage(root);
  }

  private List<HubFile> files() throws IOException {
    return Inventory.files(hub, new Repository("acme/m", "", "acme/m"));
  }

  @Test
  void whatManyPathsLeadToIsReadOnceForEachKind() throws IOException {
    List<ScannedFile> scanned = ParallelScanner.scan(hub, files(), List.of());

    assertThat(scanned).extracting(ScannedFile::file).isEqualTo(files());
    assertThat(scanned).extracting(ScannedFile::sha256).containsOnly(scanned.get(0).sha256());
    assertThat(scanned.stream().mapToLong(file -> file.reading().bytes()).sum())
        .isEqualTo(2 * Files.size(root.resolve("acme/m/a.gguf")));
  }

  @Test
  void eachPathIsCalledByItsOwnNameInWhatIsWrongWithIt() throws IOException {
    assertThat(ParallelScanner.scan(hub, files(), List.of()))
        .filteredOn(file -> file.file().name().endsWith(".gguf"))
        .hasSize(LINKS + 2)
        .allSatisfy(
            file -> {
              assertThat(file.problem().orElseThrow().reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
              assertThat(file.problem().orElseThrow().detail()).startsWith(file.file().name());
            });
  }

  @Test
  void anIndexIsReadThoughItsBytesAreThoseOfAnotherFile() throws IOException {
    Path folder = root.resolve("acme/m");
    Files.writeString(folder.resolve("a.json"), "{\"weight_map\": {\"t\": \"a.bin\"}}");
    Files.createLink(folder.resolve("pytorch_model.bin.index.json"), folder.resolve("a.json"));

    assertThat(ParallelScanner.scan(hub, files(), List.of()))
        .filteredOn(file -> file.index().isPresent())
        .extracting(file -> file.file().name())
        .containsExactly("pytorch_model.bin.index.json");
  }

  @Test
  void whatWasReadForOneRepositoryIsNotReadForAnother() throws IOException {
    SharedScans before = new SharedScans();
    ParallelScanner.scan(hub, files(), List.of(), before);

    assertThat(ParallelScanner.scan(hub, files(), List.of(), before))
        .allMatch(file -> file.sha256().isPresent() && file.reading().bytes() == 0);
  }

  @Test
  void aPathThatIsGoneDoesNotCostTheOthersTheirs() throws IOException {
    List<HubFile> listed = files();
    Files.delete(root.resolve("acme/m/a.gguf"));
    Files.delete(root.resolve("acme/m/link-00.gguf"));
    Files.createLink(root.resolve("acme/m/a.gguf"), root.resolve("acme/m/hard.gguf"));
    Files.delete(root.resolve("acme/m/a.gguf"));

    List<ScannedFile> scanned = ParallelScanner.scan(hub, listed, List.of());

    assertThat(scanned)
        .filteredOn(file -> file.file().name().equals("hard.gguf"))
        .singleElement()
        .satisfies(file -> assertThat(file.sha256()).isPresent());
  }

  @Test
  void aLinkThatIsPointedElsewhereAfterTheListingIsReadForItselfAlone() throws IOException {
    Files.createSymbolicLink(root.resolve("acme/m/0-first.gguf"), Path.of("a.gguf"));
    List<HubFile> listed = files();
    Path other = Files.writeString(root.resolve("acme/other"), "other bytes");
    for (String name : List.of("0-first.gguf", "link-07.gguf")) {
      Path link = root.resolve("acme/m").resolve(name);
      Files.delete(link);
      Files.createSymbolicLink(link, Path.of("../other"));
    }

    Map<String, String> digests = digests(ParallelScanner.scan(hub, listed, List.of()));

    String own = Sha256Hex.of(Files.readAllBytes(root.resolve("acme/m/a.gguf")));
    assertThat(digests.remove("0-first.gguf")).isEqualTo(Sha256Hex.of(Files.readAllBytes(other)));
    assertThat(digests).hasSize(LINKS + 3);
    assertThat(digests.values()).containsOnly(own);
  }

  @Test
  void aFileThatHasChangedSinceTheListingIsStillReadOnceForEachKind() throws IOException {
    List<HubFile> listed = files();
    Path file = Files.writeString(root.resolve("acme/m/a.gguf"), "other weights, and more");

    List<ScannedFile> scanned = ParallelScanner.scan(hub, listed, List.of());

    assertThat(digests(scanned).values())
        .hasSize(LINKS + 3)
        .containsOnly(Sha256Hex.of(Files.readAllBytes(file)));
    assertThat(scanned.stream().mapToLong(each -> each.reading().bytes()).sum())
        .isEqualTo(2 * Files.size(file));
  }

  @Test
  void whatBreaksOffBehindALinkThatWasPointedElsewhereCostsTheFileItselfNothing()
      throws IOException {
    Function<HubFile, ScannedFile> scan =
        file ->
            file.name().startsWith("link-0")
                ? brokenOff(file, "elsewhere")
                : FileScanner.scan(hub, file, List.of(), Progress.NONE);
    List<HubFile> links = links();

    List<ScannedFile> scanned =
        SharedScans.of(hub, scan.apply(links.get(0)), links.subList(1, LINKS), scan);

    assertThat(scanned)
        .filteredOn(file -> !file.file().name().startsWith("link-0"))
        .hasSize(LINKS - 10)
        .allMatch(file -> file.sha256().isPresent());
  }

  @Test
  void aFileThatChangesWithoutEndIsNotTriedForEachOfItsPaths() throws IOException {
    List<HubFile> links = links();
    Path other = Files.writeString(root.resolve("other"), "other weights");
    Files.move(other, root.resolve("acme/m/a.gguf"), StandardCopyOption.REPLACE_EXISTING);
    AtomicInteger tries = new AtomicInteger();
    Function<HubFile, ScannedFile> changing =
        file -> brokenOff(file, "version " + tries.incrementAndGet());

    List<ScannedFile> scanned =
        SharedScans.of(hub, changing.apply(links.get(0)), links.subList(1, LINKS), changing);

    assertThat(tries).hasValue(2);
    assertThat(scanned)
        .allSatisfy(
            file ->
                assertThat(file.failure().orElseThrow().detail()).startsWith(file.file().path()));
  }

  private List<HubFile> links() throws IOException {
    return files().stream().filter(file -> file.name().startsWith("link-")).toList();
  }

  /** A reading of another version than was listed that did not come to the end. */
  private static ScannedFile brokenOff(HubFile file, String etag) {
    Storage.Entry now =
        new Storage.Entry(
            file.path(),
            Storage.Type.FILE,
            file.size(),
            file.modified(),
            Optional.of(etag),
            Optional.empty());
    return ScannedFile.unread(
        file.as(now),
        new Reading(Reading.Method.MAPPED, 5, 1, 0),
        new Problem(Reason.CHANGED_DURING_READ, file.path() + " was changed"));
  }

  private static Map<String, String> digests(List<ScannedFile> scanned) {
    return scanned.stream()
        .collect(Collectors.toMap(each -> each.file().name(), each -> each.sha256().orElseThrow()));
  }

  @Test
  void whatBreaksOffInTheMiddleIsNotTriedForEachOfItsPaths() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    Function<HubFile, ScannedFile> breaking =
        file -> {
          tries.incrementAndGet();
          return ScannedFile.unread(
              file,
              new Reading(Reading.Method.MAPPED, 5, 1, 0),
              new Problem(Reason.IO_ERROR, file.path() + " can't be read"));
        };
    List<HubFile> files = files();

    List<ScannedFile> scanned =
        SharedScans.of(hub, breaking.apply(files.get(0)), files.subList(1, files.size()), breaking);

    assertThat(tries).hasValue(2);
    assertThat(scanned)
        .allSatisfy(
            file ->
                assertThat(file.failure().orElseThrow().detail()).startsWith(file.file().path()));
  }

  @Test
  void aStorageWhoseEtagsAreOfContentsSharesNothing() throws IOException {
    MemoryStorage objects =
        new MemoryStorage(Map.of("a/b/x.bin", new byte[7], "a/b/y.bin", new byte[7]), 4);

    assertThat(objects.etagsTellFiles()).isFalse();
  }
}
