package dev.weighmaster.digest;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.format.safetensors.ShardIndexReader;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LfsPointerReader;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.LoaderConfigReader;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.ModelCardReader;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.hub.QuantizationConfigReader;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Reads a file once, and takes from the one pass all that the audit needs: the digests, the header
 * of weights, and what the small files beside them declare.
 *
 * <p>What is wrong with a file is in the result, never thrown. Memory is constant for weights, and
 * bounded by a limit for what is kept of small files. Thread-safe.
 */
public final class FileScanner {
  /** The longest file whose bytes {@link #scanCapturing} hands out. */
  public static final int MAX_CAPTURED = 32 << 20;

  private static final int MAX_CONFIG = QuantizationConfigReader.MAX_LENGTH;
  private static final int MAX_CARD = 1 << 20;

  private FileScanner() {}

  /**
   * Scans one file.
   *
   * @param series that are wanted beside the SHA-256, see {@link OnePassHasher}
   */
  public static ScannedFile scan(
      Storage storage, HubFile file, List<DigestSeries> series, Progress progress) {
    return scanAsItIs(file, 0, storage, series, progress).file();
  }

  /**
   * Scans one file, and gives the digest of every shard of one series too.
   *
   * @param series of at most {@link OnePassHasher#MAX_SHARDS} shards of this file
   */
  public static ShardedFile scanSharded(
      Storage storage, HubFile file, DigestSeries series, Progress progress) {
    Scan scan = new Scan(file, 0);
    ScannedFile scanned = scan(scan, storage, List.of(series), progress).file();
    return new ShardedFile(
        scanned, scan.ended.map(hasher -> hasher.shards(series)).orElse(List.of()));
  }

  /** Scans one small file, such as a sidecar, and gives its bytes too. */
  public static CapturedFile scanCapturing(Storage storage, HubFile file, Progress progress) {
    return scanAsItIs(file, MAX_CAPTURED, storage, List.of(), progress);
  }

  /** Hashes some shards of a file, and nothing else. */
  public static ScannedPiece scanPiece(
      Storage storage, HubFile file, Piece piece, Progress progress) {
    Scan scan = new Scan(file, 0);
    try {
      String digests = scan.hash(storage, piece, progress);
      return new ScannedPiece(piece, Optional.of(digests), scan.reading(), Optional.empty());
    } catch (ChangedDuringReadException e) {
      return unread(piece, scan, Reason.CHANGED_DURING_READ, e.getMessage());
    } catch (IOException e) {
      return unread(piece, scan, Reason.IO_ERROR, sentence(file, e));
    }
  }

  private static ScannedPiece unread(Piece piece, Scan scan, Reason reason, String detail) {
    return new ScannedPiece(
        piece, Optional.empty(), scan.reading(), Optional.of(new Problem(reason, detail)));
  }

  private static CapturedFile scan(
      Scan scan, Storage storage, List<DigestSeries> series, Progress progress) {
    HubFile file = scan.file;
    try {
      scan.read(storage, series, progress);
      return scan.result();
    } catch (ChangedDuringReadException e) {
      return scan.unread(Reason.CHANGED_DURING_READ, e.getMessage());
    } catch (IOException e) {
      return scan.unread(Reason.IO_ERROR, sentence(file, e));
    } catch (RuntimeException e) {
      // A fault of ours in one hostile file must not cost the rows of all others.
      return scan.unread(Reason.IO_ERROR, file.path() + " can't be judged: " + e);
    }
  }

  /**
   * Scans the file as it was listed or, where it has become another before it was opened, as it is
   * now: a listing may be hours old, and a store's own list of its files a day.
   */
  private static CapturedFile scanAsItIs(
      HubFile file, int capture, Storage storage, List<DigestSeries> series, Progress progress) {
    Scan listed = new Scan(file, capture);
    CapturedFile scanned = scan(listed, storage, series, progress);
    boolean changedBefore =
        scanned.file().reading().bytes() == 0
            && scanned
                .file()
                .failure()
                .filter(failure -> failure.reason() == Reason.CHANGED_DURING_READ)
                .isPresent();
    if (!changedBefore) {
      return scanned;
    }
    try {
      Storage.Entry now = storage.stat(file.path());
      return now.type() == Storage.Type.FILE
          ? scan(new Scan(file.as(now), capture), storage, series, progress)
          : scanned;
    } catch (IOException e) {
      return listed.unread(Reason.IO_ERROR, sentence(file, e));
    }
  }

  private static String sentence(HubFile file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return file.path() + " is no longer there";
    }
    if (e instanceof AccessDeniedException) {
      return file.path() + " may not be read: permission denied";
    }
    return file.path()
        + " can't be read: "
        + Optional.ofNullable(e.getMessage()).orElse(e.toString());
  }

  /** One file's pass. */
  private static final class Scan {
    private final HubFile file;
    private final int capture;
    private final long started = System.nanoTime();
    private long bytesRead;
    private Optional<ByteSource> bytes = Optional.empty();
    private Reading.Method method = Reading.Method.NONE;
    private Optional<OnePassHasher> ended = Optional.empty();
    private Optional<byte[]> content = Optional.empty();
    private Optional<FileKind> begun = Optional.empty();
    private Optional<WeightsSummary> weights = Optional.empty();
    private Optional<ModelCard> card = Optional.empty();
    private Optional<QuantizationConfig> config = Optional.empty();
    private Optional<ShardIndex> index = Optional.empty();
    private Optional<LoaderConfig> loaderConfig = Optional.empty();
    private Optional<LfsPointer> pointer = Optional.empty();
    private Optional<Problem> problem = Optional.empty();
    private Optional<String> storeSha256 = Optional.empty();

    Scan(HubFile file, int capture) {
      this.file = file;
      this.capture = capture;
    }

    void read(Storage storage, List<DigestSeries> series, Progress progress) throws IOException {
      if (file.problem().isPresent()) {
        throw new IOException(file.problem().get());
      }
      Progress counted =
          bytes -> {
            bytesRead += bytes;
            progress.bytes(bytes);
          };
      boolean configures = LoaderConfigReader.reads(file.name());
      int declared = Math.max(keptOf(file.kind()), configures ? LoaderConfigReader.MAX_SIZE : 0);
      int limit = Math.max(capture, declared);
      // A card declares at its start; the others are nothing in part.
      int keep = file.size() <= limit || file.kind() == FileKind.MODEL_CARD ? limit : 0;
      try (ByteSource opened = storage.open(file.entry());
          OnePassHasher hasher = new OnePassHasher(opened, series, counted);
          TeeSource source = new TeeSource(hasher, keep)) {
        bytes = Optional.of(opened);
        method = opened.mapped() ? Reading.Method.MAPPED : Reading.Method.RANGED;
        byte[] head = source.head(LfsPointerReader.MAX_SIZE);
        pointer = LfsPointerReader.read(head);
        begun = FileKind.ofHead(head);
        if (pointer.isEmpty()) {
          parseHeader(source);
        }
        while (source.next().hasRemaining()) {}
        if (keep > 0) {
          content = Optional.of(source.kept());
        }
        ended = Optional.of(hasher);
      }
      if (pointer.isEmpty() && begun.isEmpty()) {
        parseContent();
        if (configures) {
          loaderConfig =
              content.isPresent()
                  ? LoaderConfigReader.read(file.name(), content.get())
                  : Optional.of(LoaderConfig.UNREADABLE);
        }
      }
      if (begun.isPresent() || file.kind().isWeights()) {
        storeSha256 = storage.sha256(file.entry());
      }
    }

    String hash(Storage storage, Piece piece, Progress progress) throws IOException {
      DigestSeries series = piece.series();
      Shards shards =
          new Shards(series.hashType(), series.shardSize().orElseThrow(), piece.length());
      try (ByteSource source = storage.open(file.entry(), piece.offset(), piece.length())) {
        method = source.mapped() ? Reading.Method.MAPPED : Reading.Method.RANGED;
        for (ByteBuffer chunk = source.next(); chunk.hasRemaining(); chunk = source.next()) {
          int length = chunk.remaining();
          shards.update(chunk);
          bytesRead += length;
          progress.bytes(length);
        }
      }
      if (bytesRead != piece.length()) {
        throw new ChangedDuringReadException(file.path() + " became shorter while it was read");
      }
      return HexFormat.of().formatHex(shards.digests());
    }

    private void parseHeader(ByteSource source) throws IOException {
      FileKind kind = begun.orElse(file.kind());
      weights = begun.flatMap(FileKind::format).map(WeightsFormat::unparsed);
      try {
        if (kind.format().isPresent()) {
          boolean firstPiece = PieceName.of(file.name()).isPresent();
          weights = Optional.of(kind.format().get().read(source, firstPiece).summary());
        } else if (kind == FileKind.SHARD_INDEX) {
          index = Optional.of(ShardIndexReader.read(source));
        } else if (kind == FileKind.OTHER && FileKind.isIndex(file.name())) {
          index = indexOfOthers(source);
        } else if (kind == FileKind.CONFIG && source.size() > MAX_CONFIG) {
          searchConfig(new HeaderInput(source).stream(source.size()));
        }
      } catch (MalformedWeightsException e) {
        malformed(e);
      } catch (UnsupportedWeightsException e) {
        problem(Reason.UNSUPPORTED, file.name() + ": " + e.getMessage());
      }
    }

    /**
     * The index of weights other than safetensors. Most lie beside safetensors, which don't go by
     * it: one that can't be read is no problem of its own. It names nothing, and where a
     * quantization or a loader does go by it, the package that finds those says so.
     */
    private static Optional<ShardIndex> indexOfOthers(ByteSource source) throws IOException {
      try {
        return Optional.of(ShardIndexReader.read(source));
      } catch (MalformedWeightsException | UnsupportedWeightsException e) {
        return Optional.empty();
      }
    }

    /** Weights beside one that is not read are lost to the audit unless it may be theirs. */
    private void searchConfig(InputStream stream) throws IOException {
      if (QuantizationConfigReader.mayCarryQuantization(file.name(), stream, file.size())) {
        config = Optional.of(QuantizationConfig.UNREADABLE);
      }
    }

    private void parseContent() throws IOException {
      boolean tooLong = file.kind() == FileKind.CONFIG && file.size() > MAX_CONFIG;
      if (content.isEmpty() || tooLong) {
        if (keptOf(file.kind()) > 0) {
          problem(
              Reason.UNSUPPORTED,
              file.name() + " is longer than " + keptOf(file.kind()) + " bytes");
        }
        return;
      }
      try {
        if (file.kind() == FileKind.CONFIG) {
          config = QuantizationConfigReader.read(file.name(), content.get());
        } else if (file.kind() == FileKind.MODEL_CARD) {
          card = ModelCardReader.read(content.get(), file.size());
        }
      } catch (UnsupportedWeightsException e) {
        problem(Reason.UNSUPPORTED, file.name() + ": " + e.getMessage());
        searchConfig(new ByteArrayInputStream(content.get()));
      }
    }

    private void malformed(MalformedWeightsException e) {
      problem(Reason.MALFORMED_WEIGHTS, file.name() + ": " + e.getMessage());
    }

    private void problem(Reason reason, String detail) {
      problem = Optional.of(new Problem(reason, detail));
    }

    CapturedFile result() {
      OnePassHasher hasher = ended.orElseThrow();
      Findings findings =
          new Findings(
              Findings.VERSION,
              hasher.digests(),
              weights,
              card,
              config,
              index,
              loaderConfig,
              pointer,
              problem);
      return new CapturedFile(
          ScannedFile.read(file, hasher.sha256(), reading(), findings).heldAgainst(storeSha256),
          content.filter(bytes -> file.size() <= capture));
    }

    CapturedFile unread(Reason reason, String detail) {
      return new CapturedFile(
          ScannedFile.unread(file, reading(), new Problem(reason, detail)), Optional.empty());
    }

    private Reading reading() {
      long millis = Duration.ofNanos(System.nanoTime() - started).toMillis();
      return new Reading(method, bytesRead, millis, bytes.map(ByteSource::retries).orElse(0L));
    }
  }

  /** How many bytes of a file are kept for what it declares. */
  private static int keptOf(FileKind kind) {
    if (kind == FileKind.CONFIG) {
      return MAX_CONFIG;
    }
    return kind == FileKind.MODEL_CARD ? MAX_CARD : 0;
  }
}
